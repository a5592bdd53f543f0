"""The pages of the app, one file each; a package, so that a package of the same name elsewhere never stands for it."""
