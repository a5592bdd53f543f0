"""Who looks at the app, and what each person may do: look (a viewer) or everything (an operator)."""
