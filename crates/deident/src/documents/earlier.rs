//! What earlier releases of the project add to what the dataset tells of a person (R-ANON-08).

use super::chart::{escape, table};
use super::report::{count, section as titled};
use super::words::Words;
use crate::story::Story;

/// The section of the report; nothing where the track knows no such measure.
pub(super) fn section(story: &Story<'_>, words: &Words) -> String {
    let Some(earlier) = &story.risk.earlier else { return String::new() };
    let html = titled(words.earlier, words.earlier_intro);
    if earlier.releases.is_empty() && earlier.unread.is_empty() {
        return html + &format!("<p>{}</p>\n", escape(words.earlier_none));
    }
    let names = |names: &[String]| if names.is_empty() { "0".to_owned() } else { names.join(", ") };
    let smallest = earlier.smallest.map_or_else(|| "…".to_owned(), count);
    let rows = vec![
        vec![words.earlier_read.to_owned(), names(&earlier.releases)],
        vec![words.earlier_unread.to_owned(), names(&earlier.unread)],
        vec![words.earlier_smallest.to_owned(), smallest],
        vec![words.left_out_earlier.to_owned(), count(earlier.suppressed)],
        vec![words.earlier_left.to_owned(), count(earlier.left)],
        vec![words.earlier_left_below.to_owned(), count(earlier.left_below_k)],
    ];
    html + &table(words.earlier, &[], &rows)
}
