//! Bars as SVG: a picture that a Markdown page can show.

use std::fmt::Write;

/// A bar: its name, its length, what is written behind it.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// A group of bars with one scale.
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
}

const WIDTH: f64 = 720.0;
const NAMES: f64 = 190.0;
const LABELS: f64 = 130.0;
const ROW: f64 = 22.0;

/// The charts, one below the other.
pub(crate) fn svg(charts: &[Chart]) -> String {
    let rows: usize = charts.iter().map(|chart| chart.bars.len() + 2).sum();
    let height = ROW * rows as f64 + ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    let mut y = ROW;
    for chart in charts {
        text(
            &mut svg,
            10.0,
            y,
            "start",
            &format!("<tspan font-weight=\"bold\">{}</tspan>", escaped(&chart.title)),
        );
        y += ROW;
        let longest = chart.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        for bar in &chart.bars {
            let width = (WIDTH - NAMES - LABELS) * bar.value / longest;
            let color = if bar.name.starts_with("logyard") { "#2b6cb0" } else { "#a0aec0" };
            text(&mut svg, NAMES - 8.0, y, "end", &escaped(&bar.name));
            let _ = writeln!(
                // to a String, which takes all
                svg,
                "<rect x=\"{NAMES}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{color}\"/>",
                y - 12.0,
                ROW - 7.0
            );
            text(&mut svg, NAMES + width + 6.0, y, "start", &escaped(&bar.label));
            y += ROW;
        }
        y += ROW;
    }
    svg + "</svg>\n"
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_room_and_text_is_escaped() {
        let bar = |name: &str, value| Bar { name: name.into(), value, label: "1 < 2".into() };
        let chart =
            Chart { title: "a & b".into(), bars: vec![bar("logyard", 50.0), bar("x", 100.0)] };
        let svg = svg(&[chart]);
        assert!(svg.contains("a &amp; b") && svg.contains("1 &lt; 2"));
        assert!(svg.contains("width=\"400.0\"") && svg.contains("width=\"200.0\""));
    }
}
