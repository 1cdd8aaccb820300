"""Asking a collection: searches, filters, orders, groups, sums, and what answers show."""
