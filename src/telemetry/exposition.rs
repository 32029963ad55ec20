//! Prometheus' text format, version 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::fmt::{Display, Write};

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only ever grows, from the start of the process on.
    Counter,
    /// What is so now.
    Gauge,
    Histogram,
    /// Here without quantiles: a sum and a count.
    Summary,
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
        }
    }
}

/// A document in the making: each family once, its samples after it.
#[derive(Debug, Default)]
pub struct Exposition {
    text: String,
    /// The family that samples belong to.
    name: &'static str,
}

impl Exposition {
    /// Begins a family.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> &mut Self {
        self.name = name;
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {}", kind.label());
        self
    }

    /// A sample of the family.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.line("", labels, value)
    }

    /// A sample of one of the family's parts, such as `_sum`.
    pub fn part(&mut self, part: &str, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.line(part, labels, value)
    }

    fn line(&mut self, part: &str, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        let _ = write!(self.text, "{}{part}", self.name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let _ = write!(self.text, "{}{label}=\"", if index == 0 { '{' } else { ',' });
            for c in text.chars() {
                match c {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    other => self.text.push(other),
                }
            }
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
        self
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_and_labels_are_escaped_as_the_format_asks() {
        let mut figures = Exposition::default();
        figures
            .family("countywire_x_total", Kind::Counter, "a \\ and\nb \"c\"")
            .sample(&[("kind", "a\\b\"c\nd"), ("other", "县")], 7)
            .sample(&[], 0.5);
        let text = String::from_utf8(figures.into_bytes()).expect("text");
        assert_eq!(
            text,
            "# HELP countywire_x_total a \\\\ and\\nb \"c\"\n# TYPE countywire_x_total counter\n\
             countywire_x_total{kind=\"a\\\\b\\\"c\\nd\",other=\"县\"} 7\ncountywire_x_total 0.5\n"
        );
    }
}
