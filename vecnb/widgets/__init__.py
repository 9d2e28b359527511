"""Widgets of the book: every idea can be touched, in the page without a kernel and in a notebook with one."""
