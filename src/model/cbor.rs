//! Cutting encoded values out of others without reading them.

/// Where the CBOR value (RFC 8949 §3) that begins at `start` ends; `None`: it is cut off, or
/// of a length that is not told beforehand, which nothing here writes.
pub fn end_of(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut values = 1u64;
    while values > 0 {
        let first = *bytes.get(at)?;
        at += 1;
        let argument = match first & 0x1F {
            small @ 0..=23 => u64::from(small),
            size @ 24..=27 => {
                let digits = bytes.get(at..at + (1 << (size - 24)))?;
                at += digits.len();
                digits.iter().fold(0, |sum, digit| sum << 8 | u64::from(*digit))
            }
            _ => return None,
        };
        values -= 1;
        match first >> 5 {
            2 | 3 => at = at.checked_add(usize::try_from(argument).ok()?)?,
            4 => values = values.checked_add(argument)?,
            5 => values = values.checked_add(argument.checked_mul(2)?)?,
            6 => values += 1,
            _ => {}
        }
    }
    (at <= bytes.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_the_decoder_says() {
        let mut random = 1u64;
        for length in 0..2_000usize {
            let bytes: Vec<u8> = (0..length % 40)
                .map(|_| {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (random >> 33) as u8
                })
                .collect();
            let mut decoder = minicbor::Decoder::new(&bytes);
            let skipped = decoder.skip().ok().map(|()| decoder.position());
            if let Some(end) = end_of(&bytes, 0) {
                // The decoder also looks whether texts are UTF-8 and simple values known.
                assert!(skipped.is_none_or(|skipped| skipped == end), "{bytes:x?}");
            }
        }
        let state = crate::model::SourceState {
            next_reason: "每小时".to_owned(),
            seen: vec![(u64::MAX, 1); 300],
            rhythm: Some(Box::default()),
            ..Default::default()
        };
        let bytes = minicbor::to_vec(&state).expect("encoded");
        assert_eq!(end_of(&bytes, 0), Some(bytes.len()));
        for cut in 0..bytes.len() {
            assert_eq!(end_of(&bytes[..cut], 0), None);
        }
    }
}
