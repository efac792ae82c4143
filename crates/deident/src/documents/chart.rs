//! Bars with their table beside them: nothing is shown in a picture that a table does not say.
//!
//! The page that shows them gives the classes `a` and `b` their colours and `.wide` its scrolling.

use std::fmt::Write as _;

/// A series of bars.
pub struct Series {
    /// What it is, for the legend.
    pub name: String,
    /// One value for each label.
    pub values: Vec<f64>,
}

const LABEL: usize = 364;
const BARS: u16 = 300;
const ROOM: usize = 90;
const BAR: usize = 14;
/// Classes of the style sheet: the page knows which colour each has, in the light and in the dark.
const SERIES: [&str; 2] = ["a", "b"];

/// Horizontal bars: one group for each label, one bar for each series. `id` is unique on the page.
#[must_use]
pub fn bars(id: &str, title: &str, labels: &[String], series: &[Series]) -> String {
    let most = series.iter().flat_map(|one| &one.values).copied().fold(0.0, f64::max);
    let step = BAR * series.len().max(1) + 10;
    let height = step * labels.len() + 30;
    let width = LABEL + usize::from(BARS) + ROOM;
    let mut svg = format!(
        "<svg role=\"img\" aria-labelledby=\"{id}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\">\
         <title id=\"{id}\">{}</title>\n",
        escape(title)
    );
    for (at, one) in series.iter().enumerate() {
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"4\" width=\"12\" height=\"12\" class=\"{}\"/>\
             <text x=\"{}\" y=\"14\">{}</text>",
            LABEL + at * 150,
            series_class(at),
            LABEL + at * 150 + 18,
            escape(&one.name)
        );
    }
    for (row, label) in labels.iter().enumerate() {
        let top = 26 + row * step;
        let middle = top + (step - 10) / 2 + 4;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>",
            LABEL - 8,
            escape(label)
        );
        for (at, one) in series.iter().enumerate() {
            let value = one.values.get(row).copied().unwrap_or_default();
            let length = if most > 0.0 { value / most * f64::from(BARS) } else { 0.0 };
            let y = top + at * BAR;
            let _ = writeln!(
                svg,
                "<rect x=\"{LABEL}\" y=\"{y}\" width=\"{length:.1}\" height=\"{}\" class=\"{}\"/>\
                 <text x=\"{LABEL}\" dx=\"{:.1}\" y=\"{}\">{}</text>",
                BAR - 2,
                series_class(at),
                length + 6.0,
                y + BAR - 3,
                number(value)
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn series_class(at: usize) -> &'static str {
    SERIES.get(at % SERIES.len()).copied().unwrap_or("a")
}

/// A table with a caption; the first cell of each row is its heading. No heads: no line of them.
#[must_use]
pub fn table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let mut html = format!("<div class=\"wide\"><table><caption>{}</caption>", escape(caption));
    if !head.is_empty() {
        html.push_str("<thead><tr>");
        for cell in head {
            let _ = write!(html, "<th scope=\"col\">{}</th>", escape(cell));
        }
        html.push_str("</tr></thead>");
    }
    html.push_str("<tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let text = escape(cell);
            let _ = if at == 0 {
                write!(html, "<th scope=\"row\">{text}</th>")
            } else {
                write!(html, "<td{}>{text}</td>", class(cell))
            };
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n");
    html
}

/// Words stand to the left, numbers to the right.
fn class(cell: &str) -> &'static str {
    if cell.starts_with(|first: char| first.is_ascii_digit()) { "" } else { " class=\"t\"" }
}

/// A number as people read it: groups of three, at most two decimals.
#[must_use]
pub fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match rest.trim_end_matches('0') {
        "" => grouped,
        rest => format!("{grouped}.{rest}"),
    }
}

/// Text as HTML.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(1_234_567.0), "1,234,567");
        assert_eq!(number(12.5), "12.5");
        assert_eq!(number(0.0), "0");
    }

    #[test]
    fn every_bar_says_its_number() {
        let svg = bars(
            "c1",
            "A & B",
            &["a".to_owned()],
            &[Series { name: "n".to_owned(), values: vec![1500.0] }],
        );
        expect![[r#"
            <svg role="img" aria-labelledby="c1" viewBox="0 0 754 54" width="754"><title id="c1">A &amp; B</title>
            <rect x="364" y="4" width="12" height="12" class="a"/><text x="382" y="14">n</text>
            <text x="356" y="37" text-anchor="end">a</text>
            <rect x="364" y="26" width="300.0" height="12" class="a"/><text x="364" dx="306.0" y="37">1,500</text>
            </svg>
        "#]]
        .assert_eq(&svg);
    }
}
