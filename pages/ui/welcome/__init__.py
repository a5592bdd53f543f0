"""What a person sees before there is anything to see: the first page, and the empty states of the others."""
