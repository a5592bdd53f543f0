"""What lies around every page and outlives each: the style sheet and the way from one page to another."""
