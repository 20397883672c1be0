//! The fields of a Protocol Buffers message, as the format's encoding guide has them. No memory is reserved, and nothing is followed.

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WireField<'a> {
    /// Its number in the message's definition.
    pub number: u64,
    /// Its bytes, if it has a length.
    pub bytes: Option<&'a [u8]>,
    /// Its value, if it is a variable-length integer.
    pub integer: Option<u64>,
}

/// The fields of a message, until one is damaged.
#[derive(Clone, Debug)]
pub struct WireFields<'a> {
    rest: &'a [u8],
    is_damaged: bool,
}

impl<'a> WireFields<'a> {
    /// The fields of a message that fills these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            is_damaged: false,
        }
    }

    /// True if bytes remain that are no field.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next variable-length integer of packed ones.
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn field(&mut self) -> Option<WireField<'a>> {
        let tag = self.varint()?;
        let (mut bytes, mut integer) = (None, None);
        match tag & 7 {
            0 => integer = Some(self.varint()?),
            1 => {
                self.take(8)?;
            }
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                bytes = Some(self.take(length)?);
            }
            5 => {
                self.take(4)?;
            }
            _ => return None,
        }
        Some(WireField {
            number: tag >> 3,
            bytes,
            integer,
        })
    }
}

impl<'a> Iterator for WireFields<'a> {
    type Item = WireField<'a>;

    fn next(&mut self) -> Option<WireField<'a>> {
        if self.rest.is_empty() || self.is_damaged {
            return None;
        }
        let field = self.field();
        self.is_damaged = field.is_none();
        field
    }
}
