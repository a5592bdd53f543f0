"""Tests of the file formats: golden text, torn files, full disks, readers beside writers."""
