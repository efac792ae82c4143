//! The way of persons into a dataset as a picture: a bar for each stage, what was lost on the way
//! to the next one branching off to its right.
//!
//! Every figure drawn stands in a table beside it; a loss of nothing is told too.

use std::fmt::Write as _;

use super::chart::{escape, number};
use crate::risk::float;

/// A stage, and what is lost on the way to the next.
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) count: u64,
    /// Why, and how many.
    pub(super) losses: Vec<(String, u64)>,
}

const WIDTH: usize = 780;
const LEFT: usize = 8;
const BARS: f64 = 360.0;
const LABELS: usize = 400;
const TITLE: usize = 20;
const BAR: usize = 18;
const LOSS: usize = 22;
const GAP: usize = 14;

/// Flows one below the other, each on a scale of its own: the first counts patient units, the
/// second persons.
pub(super) fn flow(id: &str, title: &str, flows: &[Vec<Stage>]) -> String {
    let mut body = String::new();
    let mut top = 0;
    for stages in flows {
        let most = stages.iter().map(|stage| stage.count).max().unwrap_or_default();
        let scale = if most > 0 { BARS / float(most) } else { 0.0 };
        for (at, stage) in stages.iter().enumerate() {
            let next = stages.get(at + 1).map(|next| float(next.count) * scale);
            top = drawn(&mut body, stage, top, scale, next);
        }
        top += GAP;
    }
    format!(
        "<svg role=\"img\" aria-labelledby=\"{id}\" viewBox=\"0 0 {WIDTH} {top}\" \
         width=\"{WIDTH}\"><title id=\"{id}\">{}</title>\n{body}</svg>\n",
        escape(title)
    )
}

/// Draws a stage and gives where the next begins.
fn drawn(body: &mut String, stage: &Stage, top: usize, scale: f64, next: Option<f64>) -> usize {
    let bar = top + TITLE;
    let end = bar + BAR;
    let below = end + LOSS * stage.losses.len() + if next.is_some() { 6 } else { 0 };
    let whole = float(stage.count) * scale;
    let _ = writeln!(
        body,
        "<text x=\"{LEFT}\" y=\"{}\">{}: <tspan class=\"n\">{}</tspan></text>\
         <rect class=\"a\" x=\"{LEFT}\" y=\"{bar}\" width=\"{whole:.1}\" height=\"{BAR}\"/>",
        top + 14,
        escape(&stage.name),
        number(float(stage.count)),
    );
    if let Some(width) = next {
        let _ = writeln!(
            body,
            "<rect class=\"band\" x=\"{LEFT}\" y=\"{end}\" width=\"{width:.1}\" height=\"{}\"/>",
            below + TITLE - end
        );
    }
    // From the right: the outermost part branches off first, so that no line crosses another.
    let mut right = whole;
    for (at, (why, lost)) in stage.losses.iter().enumerate() {
        let width = float(*lost) * scale;
        let middle = end + LOSS * at + LOSS / 2 + 2;
        right -= width;
        if *lost > 0 {
            let x = 8.0 + right + width / 2.0;
            let _ = writeln!(
                body,
                "<rect class=\"b\" x=\"{:.1}\" y=\"{bar}\" width=\"{:.1}\" height=\"{BAR}\"/>\
                 <path class=\"thread\" d=\"M{x:.1} {end}V{middle}H{}\"/>",
                8.0 + right,
                width.max(1.0),
                LABELS - 6
            );
        }
        let _ = writeln!(
            body,
            "<text x=\"{LABELS}\" y=\"{}\"><tspan class=\"n\">{}{}</tspan> {}</text>",
            middle + 4,
            if *lost > 0 { "−" } else { "" },
            number(float(*lost)),
            escape(why)
        );
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn every_stage_and_every_loss_says_its_number() {
        let stage = |name: &str, count, losses: &[(&str, u64)]| Stage {
            name: name.to_owned(),
            count,
            losses: losses.iter().map(|(why, lost)| ((*why).to_owned(), *lost)).collect(),
        };
        let stages =
            vec![stage("in", 1000, &[("asked to stop", 250), ("none", 0)]), stage("out", 750, &[])];
        expect![[r#"
            <svg role="img" aria-labelledby="f" viewBox="0 0 780 140" width="780"><title id="f">A &amp; B</title>
            <text x="8" y="14">in: <tspan class="n">1,000</tspan></text><rect class="a" x="8" y="20" width="360.0" height="18"/>
            <rect class="band" x="8" y="38" width="270.0" height="70"/>
            <rect class="b" x="278.0" y="20" width="90.0" height="18"/><path class="thread" d="M323.0 38V51H394"/>
            <text x="400" y="55"><tspan class="n">−250</tspan> asked to stop</text>
            <text x="400" y="77"><tspan class="n">0</tspan> none</text>
            <text x="8" y="102">out: <tspan class="n">750</tspan></text><rect class="a" x="8" y="108" width="270.0" height="18"/>
            </svg>
        "#]]
        .assert_eq(&flow("f", "A & B", &[stages]));
    }
}
