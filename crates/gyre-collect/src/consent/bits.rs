//! Bits written as base64url without padding, as consent strings are.

/// A string that is not what its specification says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(super) &'static str);

/// Reads bits from the front.
pub(super) struct Bits {
    sextets: Vec<u8>,
    at: usize,
}

impl Bits {
    pub(super) fn of(text: &str) -> Result<Self, Malformed> {
        let digit = |byte: u8| match byte {
            b'A'..=b'Z' => Ok(byte - b'A'),
            b'a'..=b'z' => Ok(byte - b'a' + 26),
            b'0'..=b'9' => Ok(byte - b'0' + 52),
            b'-' => Ok(62),
            b'_' => Ok(63),
            _ => Err(Malformed("a character is not one of base64url")),
        };
        // Padding says nothing.
        let sextets = text.trim_end_matches('=').bytes().map(digit).collect::<Result<_, _>>()?;
        Ok(Self { sextets, at: 0 })
    }

    /// The next bit.
    pub(super) fn bit(&mut self) -> Result<bool, Malformed> {
        let sextet = self.sextets.get(self.at / 6).ok_or(Malformed("it is cut off"))?;
        let bit = sextet >> (5 - self.at % 6) & 1;
        self.at += 1;
        Ok(bit == 1)
    }

    /// The next `count` bits as a number; at most 64.
    pub(super) fn number(&mut self, count: usize) -> Result<u64, Malformed> {
        (0..count).try_fold(0, |number, _| Ok(number << 1 | u64::from(self.bit()?)))
    }

    /// Passes over bits.
    pub(super) fn skip(&mut self, count: usize) -> Result<(), Malformed> {
        self.at += count;
        if self.at > self.sextets.len() * 6 { Err(Malformed("it is cut off")) } else { Ok(()) }
    }

    /// A number in Fibonacci coding: bits that stand for 1, 2, 3, 5, 8, … up to two ones in a row.
    pub(super) fn fibonacci(&mut self) -> Result<u64, Malformed> {
        let (mut number, mut value, mut next, mut last) = (0u64, 1u64, 2u64, false);
        loop {
            let bit = self.bit()?;
            if bit && last {
                return Ok(number);
            }
            if bit {
                number = number.checked_add(value).ok_or(Malformed("a number is too large"))?;
            }
            (value, next) =
                (next, value.checked_add(next).ok_or(Malformed("a number is too large"))?);
            last = bit;
        }
    }

    /// What is left is padding: zeros.
    pub(super) fn end(mut self) -> Result<(), Malformed> {
        while self.at < self.sextets.len() * 6 {
            if self.bit()? {
                return Err(Malformed("something stands behind its end"));
            }
        }
        Ok(())
    }
}
