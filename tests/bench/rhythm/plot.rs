//! Delay against polls, in text.

const WIDTH: usize = 72;
const HEIGHT: usize = 18;

/// A curve: its mark, its name, and points of polls a day and hours of delay.
pub struct Curve {
    pub mark: char,
    pub name: &'static str,
    pub points: Vec<(f64, f64)>,
}

/// Both axes are logarithmic: a policy that is better by some per cent lies lower by as much
/// anywhere.
pub fn plot(curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let values = || points().map(of).map(f64::ln);
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let (polls, delay) = (range(|point| point.0), range(|point| point.1));
    let place = |value: f64, (low, high): (f64, f64), cells: usize| {
        ((value.ln() - low) / (high - low).max(1e-9) * (cells - 1) as f64).round() as usize
    };
    let mut cells = vec![vec![' '; WIDTH]; HEIGHT];
    // The first curve is drawn last, over the others.
    for curve in curves.iter().rev() {
        for point in &curve.points {
            let (column, row) = (place(point.0, polls, WIDTH), place(point.1, delay, HEIGHT));
            cells[HEIGHT - 1 - row][column] = curve.mark;
        }
    }
    let mut text = String::new();
    for (row, line) in cells.iter().enumerate() {
        let share = (HEIGHT - 1 - row) as f64 / (HEIGHT - 1) as f64;
        let hours = (delay.0 + share * (delay.1 - delay.0)).exp();
        let label = if row % 4 == 1 { format!("{hours:6.2} h") } else { " ".repeat(8) };
        text.push_str(&format!("{label} |{}\n", line.iter().collect::<String>().trim_end()));
    }
    text.push_str(&format!("{}+{}\n", " ".repeat(9), "-".repeat(WIDTH)));
    let (left, right) =
        (format!("{:.1}", polls.0.exp()), format!("{:.1} polls a day", polls.1.exp()));
    text.push_str(&format!("{}{left}{right:>1$}\n", " ".repeat(10), WIDTH - left.len()));
    let names = curves.iter().map(|curve| format!("{} {}", curve.mark, curve.name));
    text.push_str(&format!("{}{}\n", " ".repeat(10), names.collect::<Vec<_>>().join("   ")));
    text
}
