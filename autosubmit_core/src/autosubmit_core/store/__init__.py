"""What we write ourselves, and only where Autosubmit API has always written.

One file, ``autosubmit_api.db`` beside the main database. It is made when something is first written
into it; nothing of Autosubmit's own is touched.
"""
