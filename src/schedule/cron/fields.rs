//! The fields of a crontab(5) line, read into plain number lists.

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// One field: its name in messages, its bounds, and its names if it has some.
pub(super) struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

pub(super) const MINUTE: Field = Field { name: "minute", low: 0, high: 59, names: &[] };
pub(super) const HOUR: Field = Field { name: "hour", low: 0, high: 23, names: &[] };
pub(super) const DAY: Field = Field { name: "day of month", low: 1, high: 31, names: &[] };
pub(super) const MONTH: Field = Field { name: "month", low: 1, high: 12, names: &MONTHS };
/// 0 and 7 both mean Sunday.
pub(super) const WEEKDAY: Field = Field { name: "weekday", low: 0, high: 7, names: &WEEKDAYS };

/// What crontab(5) abbreviates.
pub(super) fn nickname(expr: &str) -> Option<&'static str> {
    Some(match expr {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        _ => return None,
    })
}

/// The `cron` crate counts weekdays from 1 = Sunday, most people do not: names only.
pub(super) fn require_weekday_names(field: &str) -> Result<(), String> {
    let numbered = field
        .split(',')
        .filter_map(|part| part.split('/').next())
        .any(|part| part.bytes().any(|b| b.is_ascii_digit()));
    if numbered {
        return Err(format!(
            "weekday {field:?} is numeric in an expression with seconds; \
             write names, such as Mon-Fri"
        ));
    }
    Ok(())
}

impl Field {
    /// The field as the `cron` crate reads it: `*`, or numbers joined by commas.
    pub(super) fn numbers(&self, text: &str) -> Result<String, String> {
        let set = self.set(text)?;
        if (self.low..=self.high).all(|n| set >> n & 1 == 1) {
            return Ok("*".to_owned());
        }
        Ok(self.members(set).map(|n| n.to_string()).collect::<Vec<_>>().join(","))
    }

    /// As [`Field::numbers`], in weekday names.
    pub(super) fn weekday_names(&self, text: &str) -> Result<String, String> {
        let mut set = self.set(text)?;
        set = (set | set >> 7 & 1) & 0x7f;
        if set == 0x7f {
            return Ok("*".to_owned());
        }
        let name = |n: u32| WEEKDAYS[n as usize % WEEKDAYS.len()];
        Ok(self.members(set).map(name).collect::<Vec<_>>().join(","))
    }

    fn members(&self, set: u64) -> impl Iterator<Item = u32> {
        (self.low..=self.high).filter(move |&n| set >> n & 1 == 1)
    }

    /// One bit per number that the field names.
    fn set(&self, text: &str) -> Result<u64, String> {
        text.split(',').try_fold(0, |set, part| Ok(set | self.part(part)?))
    }

    fn part(&self, text: &str) -> Result<u64, String> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (text, None),
        };
        let (low, high) = match range.split_once('-') {
            _ if range == "*" => (self.low, if self.names.len() == 7 { 6 } else { self.high }),
            Some((low, high)) => self.range(low, high)?,
            None => {
                let number = self.number(range)?;
                if let Some(step) = step {
                    return Err(format!(
                        "{} {text:?} has a step without a range; write {number}-{}/{step}",
                        self.name, self.high
                    ));
                }
                (number, number)
            }
        };
        let step = step.unwrap_or(1) as usize;
        Ok((low..=high).step_by(step).fold(0, |set, n| set | 1 << n))
    }

    fn range(&self, low_text: &str, high_text: &str) -> Result<(u32, u32), String> {
        let (low, mut high) = (self.number(low_text)?, self.number(high_text)?);
        // `fri-sun`: the week may end with Sunday.
        if self.names.len() == 7 && high == 0 && low > 0 && !is_number(high_text) {
            high = 7;
        }
        if low > high {
            let last = if self.names.len() == 7 { 6 } else { self.high };
            return Err(format!(
                "{} {low_text}-{high_text} runs backwards; write {low}-{last},{}-{high}",
                self.name, self.low
            ));
        }
        Ok((low, high))
    }

    fn step(&self, text: &str) -> Result<u32, String> {
        match text.parse::<u32>() {
            Ok(step) if is_number(text) && (1..=self.high).contains(&step) => Ok(step),
            _ => Err(format!(
                "{} step {text:?} does not fit; write a number from 1 to {}",
                self.name, self.high
            )),
        }
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        if let Some(index) = self.names.iter().position(|name| text.eq_ignore_ascii_case(name)) {
            return Ok(index as u32 + if self.names.len() == 12 { 1 } else { 0 });
        }
        match text.parse::<u32>() {
            Ok(number) if is_number(text) && (self.low..=self.high).contains(&number) => Ok(number),
            _ => Err(format!(
                "{} {text:?} does not fit; write {}, *, a range, a list or a step",
                self.name,
                match self.names {
                    [] => format!("{} to {}", self.low, self.high),
                    [first, .., last] => {
                        format!("{} to {}, {first} to {last}", self.low, self.high)
                    }
                    [one] => (*one).to_owned(),
                }
            )),
        }
    }
}

/// Digits only: `parse` alone would take a plus sign.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
