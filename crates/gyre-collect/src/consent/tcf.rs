//! TC strings of the Transparency and Consent Framework, version 2.
//!
//! Read strictly: a string that is cut off, has letters that are none, vendors beyond the greatest, or
//! something behind its end says nothing at all. Vendors are checked but not kept, and ranges of them are
//! never spelled out: a short string may name all 65,535 of them thousands of times.

use super::bits::{Bits, Malformed};

/// What a TC string says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcString {
    /// When it was last changed, in tenths of a second since 1970.
    pub updated: u64,
    /// The platform that changed it.
    pub cmp_id: u16,
    /// The language of the notice.
    pub language: String,
    /// The version of the list of vendors.
    pub vendor_list_version: u16,
    /// The version of the framework's policy.
    pub policy_version: u8,
    /// The publisher's country.
    pub country: String,
    /// Purposes consented to: purpose 1 is the highest of 24 bits.
    consents: u32,
    /// Purposes for which a legitimate interest stands.
    interests: u32,
}

impl TcString {
    /// Reads a string with all its segments.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut segments = text.split('.');
        let core = core(segments.next().unwrap_or_default())?;
        for segment in segments {
            further(segment)?;
        }
        Ok(core)
    }

    /// Whether a purpose, from 1, was consented to.
    pub fn consents(&self, purpose: u8) -> bool {
        has(self.consents, purpose)
    }

    /// Whether a purpose may be served on a legitimate interest. Since version 2.2 there is none for
    /// purpose 1 and for 3 to 6.
    pub fn has_interest(&self, purpose: u8) -> bool {
        !matches!(purpose, 1 | 3..=6) && has(self.interests, purpose)
    }
}

fn has(purposes: u32, purpose: u8) -> bool {
    (1..=24).contains(&purpose) && purposes >> (24 - purpose) & 1 == 1
}

fn core(text: &str) -> Result<TcString, Malformed> {
    let mut bits = Bits::of(text)?;
    if bits.number(6)? != 2 {
        return Err(Malformed("it is not of version 2"));
    }
    bits.skip(36)?;
    let updated = bits.number(36)?;
    let cmp_id = bits.number(12)? as u16;
    bits.skip(12 + 6)?;
    let language = letters(&mut bits)?;
    let vendor_list_version = bits.number(12)? as u16;
    let policy_version = bits.number(6)? as u8;
    bits.skip(1 + 1 + 12)?;
    let (consents, interests) = (bits.number(24)? as u32, bits.number(24)? as u32);
    bits.skip(1)?;
    let country = letters(&mut bits)?;
    vendors(&mut bits)?;
    vendors(&mut bits)?;
    for _ in 0..bits.number(12)? {
        bits.skip(6 + 2)?;
        ranges(&mut bits, u64::from(u16::MAX))?;
    }
    bits.end()?;
    Ok(TcString {
        updated,
        cmp_id,
        language,
        vendor_list_version,
        policy_version,
        country,
        consents,
        interests,
    })
}

/// Disclosed vendors, allowed vendors, or the publisher's own purposes.
fn further(text: &str) -> Result<(), Malformed> {
    let mut bits = Bits::of(text)?;
    match bits.number(3)? {
        1 | 2 => vendors(&mut bits)?,
        3 => {
            bits.skip(24 + 24)?;
            let own = bits.number(6)? as usize;
            bits.skip(own * 2)?;
        }
        _ => return Err(Malformed("a segment is of no known kind")),
    }
    bits.end()
}

fn letters(bits: &mut Bits) -> Result<String, Malformed> {
    let mut text = String::new();
    for _ in 0..2 {
        let letter = bits.number(6)? as u8;
        if letter > 25 {
            return Err(Malformed("a letter is none"));
        }
        text.push(char::from(b'A' + letter));
    }
    Ok(text)
}

fn vendors(bits: &mut Bits) -> Result<(), Malformed> {
    let greatest = bits.number(16)?;
    if bits.bit()? { ranges(bits, greatest) } else { bits.skip(greatest as usize) }
}

fn ranges(bits: &mut Bits, greatest: u64) -> Result<(), Malformed> {
    for _ in 0..bits.number(12)? {
        let is_range = bits.bit()?;
        let from = bits.number(16)?;
        let to = if is_range { bits.number(16)? } else { from };
        if from == 0 || from > to || to > greatest {
            return Err(Malformed("a range of vendors is none"));
        }
    }
    Ok(())
}
