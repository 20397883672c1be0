//! Bit streams with Exp-Golomb codes, which are short for small numbers. Each run of numbers has its own parameter.

/// Most bits of a number.
const MAX_BITS: u32 = 63;

/// Bits of the parameter of a run.
const PARAMETER_BITS: u32 = 6;

/// A bit stream that is written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Used bits of the last byte; 0 if it is full.
    used: u32,
}

impl Writer {
    /// Writes the lowest `width` bits of a number, highest first.
    pub(super) fn bits(&mut self, value: u64, width: u32) {
        for place in (0..width).rev() {
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> place & 1) as u8) << (7 - self.used);
            }
            self.used = (self.used + 1) % 8;
        }
    }

    /// Writes a number below 2^62 in the Exp-Golomb code of this parameter.
    fn number(&mut self, value: u64, parameter: u32) {
        let high = (value >> parameter) + 1;
        let length = u64::BITS - high.leading_zeros();
        self.bits(0, length - 1);
        self.bits(high, length);
        self.bits(value, parameter);
    }

    /// Writes the parameter that makes a run of numbers shortest, then the numbers. The reader must know the run's length.
    pub(super) fn run(&mut self, values: &[u64]) {
        let cost = |parameter: u32| -> u64 {
            let number = |value: &u64| {
                let high = (value >> parameter) + 1;
                u64::from(2 * (u64::BITS - high.leading_zeros()) - 1 + parameter)
            };
            values.iter().map(number).sum()
        };
        let parameter = (0..MAX_BITS).min_by_key(|p| cost(*p)).unwrap_or_default();
        self.bits(u64::from(parameter), PARAMETER_BITS);
        for value in values {
            self.number(*value, parameter);
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// A bit stream that is read. After its end, reading returns `None`.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, place: 0 }
    }

    /// The inverse of [`Writer::bits`].
    pub(super) fn bits(&mut self, width: u32) -> Option<u64> {
        let mut value = 0;
        for _ in 0..width {
            let byte = *self.bytes.get(self.place / 8)?;
            value = value << 1 | u64::from(byte >> (7 - self.place % 8) & 1);
            self.place += 1;
        }
        Some(value)
    }

    /// The inverse of [`Writer::run`].
    pub(super) fn run(&mut self, length: usize) -> Option<Vec<u64>> {
        let parameter = self.bits(PARAMETER_BITS)?;
        let parameter = u32::try_from(parameter).ok()?;
        (0..length).map(|_| self.number(parameter)).collect()
    }

    fn number(&mut self, parameter: u32) -> Option<u64> {
        let mut length = 0;
        while self.bits(1)? == 0 {
            length += 1;
        }
        if length + parameter > MAX_BITS {
            return None;
        }
        let high = 1 << length | self.bits(length)?;
        Some((high - 1) << parameter | self.bits(parameter)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_round_trip(
            runs in prop::collection::vec(
                (0_u32..62).prop_flat_map(|w| prop::collection::vec(0..1_u64 << w, 0..20)),
                0..5,
            )
        ) {
            let mut writer = Writer::default();
            for run in &runs {
                writer.run(run);
                writer.bits(5, 3);
            }
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            for run in &runs {
                prop_assert_eq!(reader.run(run.len()), Some(run.clone()));
                prop_assert_eq!(reader.bits(3), Some(5));
            }
            prop_assert!(reader.bits(8).is_none());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut reader = Reader::new(&bytes);
            while reader.run(3).is_some() {}
        }
    }
}
