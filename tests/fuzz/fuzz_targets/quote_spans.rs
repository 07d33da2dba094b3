//! Quote spans lie within the text, in order, on character boundaries, and
//! never leave nothing to read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_mail::reply::{quote_spans, visible_text};

fuzz_target!(|text: &str| {
    let mut from = 0;
    for span in quote_spans(text) {
        assert!(from <= span.start && span.start < span.end && span.end <= text.len());
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
        from = span.end;
    }
    assert_eq!(text.trim().is_empty(), visible_text(text).is_empty());
});
