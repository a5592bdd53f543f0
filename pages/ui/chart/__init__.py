"""The chart: lines, bands and points on a canvas that stays in place while its data change."""
