//! The figures, side by side.

use super::wrk::{Asked, Served};

pub struct Row {
    name: &'static str,
    rounds: [Vec<Served>; 3],
}

impl Row {
    pub fn new(name: &'static str) -> Row {
        Row { name, rounds: [const { Vec::new() }; 3] }
    }

    pub fn add(&mut self, asked: Asked, served: Served) {
        let at = Asked::ALL.iter().position(|known| *known == asked).expect("one of them");
        self.rounds[at].push(served);
    }

    fn median(&self, at: usize, figure: fn(&Served) -> f64) -> f64 {
        let mut figures: Vec<f64> = self.rounds[at].iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

pub fn print(rows: &[Row]) {
    println!("| requests a second (CPU µs each) | as it is | gzip | 304 |\n|---|---|---|---|");
    for row in rows {
        let cell = |at| {
            let (a_second, cpu) =
                (row.median(at, |s| s.a_second), row.median(at, |s| s.microseconds));
            format!("{:.0} ({cpu:.1})", a_second)
        };
        println!("| {} | {} | {} | {} |", row.name, cell(0), cell(1), cell(2));
    }
    let ours = rows.last().expect("ours is the last");
    for row in rows.iter().take(rows.len() - 1) {
        let part = |at| ours.median(at, |s| s.a_second) / row.median(at, |s| s.a_second);
        println!(
            "| ours in parts of {} | {:.2} | {:.2} | {:.2} |",
            row.name,
            part(0),
            part(1),
            part(2)
        );
    }
}
