//! The assessment as text, JSON and Markdown: bytes out, no I/O.
