//! GPP strings of the Global Privacy Platform: the header, and the sections that speak of purposes.
//!
//! The sections of the United States differ only in how many fields of two bits stand between those that
//! matter here, so one table says what each looks like. Sections that are not in it are passed over.

use super::bits::{Bits, Malformed};
use super::tcf::TcString;

/// The sections of one string.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GppString {
    /// The TC string of Europe, if it has one.
    pub tcf: Option<TcString>,
    /// What was said to the laws of the United States: the signal, and whether it opts out. A signal
    /// that several sections have opts out if one of them does.
    pub signals: Vec<(&'static str, bool)>,
}

/// A section: `notices` fields, then whether to sell, [to share,] [targeted advertising,] then `rest`
/// fields; perhaps a segment with the browser's own signal.
struct Layout {
    id: u64,
    version: u64,
    notices: usize,
    shares: bool,
    targets: bool,
    rest: usize,
    gpc: bool,
}

const fn state(id: u64, notices: usize, rest: usize, gpc: bool) -> Layout {
    Layout { id, version: 1, notices, shares: false, targets: true, rest, gpc }
}

#[rustfmt::skip]
const LAYOUTS: [Layout; 18] = [
    Layout { id: 7, version: 1, notices: 6, shares: true, targets: true, rest: 18, gpc: true },
    Layout { id: 7, version: 2, notices: 6, shares: true, targets: true, rest: 23, gpc: true },
    Layout { id: 8, version: 1, notices: 3, shares: true, targets: false, rest: 15, gpc: true },
    state(9, 3, 12, false),  // Virginia
    state(10, 3, 11, true),  // Colorado
    state(11, 4, 12, false), // Utah
    state(12, 3, 14, true),  // Connecticut
    state(13, 3, 15, false), // Florida
    state(14, 3, 15, true),  // Montana
    state(15, 3, 18, true),  // Oregon
    state(16, 3, 13, true),  // Texas
    state(17, 3, 18, true),  // Delaware
    state(18, 4, 12, true),  // Iowa
    state(19, 3, 13, true),  // Nebraska
    state(20, 3, 15, true),  // New Hampshire
    state(21, 3, 19, true),  // New Jersey
    state(22, 3, 13, true),  // Tennessee
    state(23, 3, 13, true),  // Minnesota
];

const SALE: &str = "sale_opt_out";
const SHARING: &str = "sharing_opt_out";
const TARGETED: &str = "targeted_advertising_opt_out";
const GPC: &str = "gpc";

/// More sections than there will ever be; a header may count to a million.
const MOST_SECTIONS: u64 = 128;

impl GppString {
    /// Reads a string: the header, and every section that is known.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut parts = text.split('~');
        let ids = header(parts.next().unwrap_or_default())?;
        let sections: Vec<&str> = parts.collect();
        if sections.len() != ids.len() {
            return Err(Malformed("the header names other sections than follow"));
        }
        let mut read = Self::default();
        for (id, section) in ids.into_iter().zip(sections) {
            match id {
                2 => read.tcf = Some(TcString::parse(section)?),
                6 => read.us_privacy(section)?,
                7..=23 => read.united_states(id, section)?,
                _ => {}
            }
        }
        Ok(read)
    }

    /// Reads a US privacy string, `1YNN`: version, notice given, opted out of sale, covered.
    pub fn of_us_privacy(text: &str) -> Result<Self, Malformed> {
        let mut read = Self::default();
        read.us_privacy(text)?;
        Ok(read)
    }

    fn us_privacy(&mut self, text: &str) -> Result<(), Malformed> {
        let known = |byte: u8| matches!(byte, b'Y' | b'N' | b'-' | b'y' | b'n');
        match *text.as_bytes() {
            [b'1', notice, sale, covered] if [notice, sale, covered].into_iter().all(known) => {
                match sale {
                    b'Y' | b'y' => self.add(SALE, true),
                    b'N' | b'n' => self.add(SALE, false),
                    _ => {}
                }
                Ok(())
            }
            _ => Err(Malformed("the US privacy string is not of the form 1YNN")),
        }
    }

    fn united_states(&mut self, id: u64, text: &str) -> Result<(), Malformed> {
        let mut segments = text.split('.');
        let mut bits = Bits::of(segments.next().unwrap_or_default())?;
        let version = bits.number(6)?;
        let layout = LAYOUTS
            .iter()
            .find(|layout| layout.id == id && layout.version == version)
            .ok_or(Malformed("a section is of no known version"))?;
        for _ in 0..layout.notices {
            field(&mut bits)?;
        }
        self.opt_out(SALE, &mut bits)?;
        if layout.shares {
            self.opt_out(SHARING, &mut bits)?;
        }
        if layout.targets {
            self.opt_out(TARGETED, &mut bits)?;
        }
        for _ in 0..layout.rest {
            field(&mut bits)?;
        }
        bits.end()?;
        for segment in segments {
            let mut bits = Bits::of(segment)?;
            if !layout.gpc || bits.number(2)? != 1 {
                return Err(Malformed("a segment is of no known kind"));
            }
            if bits.bit()? {
                self.add(GPC, true);
            }
            bits.end()?;
        }
        Ok(())
    }

    /// 0 does not apply, 1 opted out, 2 did not.
    fn opt_out(&mut self, signal: &'static str, bits: &mut Bits) -> Result<(), Malformed> {
        match field(bits)? {
            1 => self.add(signal, true),
            2 => self.add(signal, false),
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, signal: &'static str, out: bool) {
        match self.signals.iter_mut().find(|(known, _)| *known == signal) {
            Some((_, known)) => *known |= out,
            None => self.signals.push((signal, out)),
        }
    }
}

/// A field of two bits; 3 is none of its values.
fn field(bits: &mut Bits) -> Result<u64, Malformed> {
    match bits.number(2)? {
        3 => Err(Malformed("a field has no value that there is")),
        value => Ok(value),
    }
}

/// The ids of the sections, in order.
fn header(text: &str) -> Result<Vec<u64>, Malformed> {
    let mut bits = Bits::of(text)?;
    if bits.number(6)? != 3 || bits.number(6)? != 1 {
        return Err(Malformed("it does not begin with a header of version 1"));
    }
    let (mut ids, mut last) = (Vec::new(), 0u64);
    let too_many = Malformed("it has too many sections");
    for _ in 0..bits.number(12)? {
        let is_group = bits.bit()?;
        let from = last.checked_add(bits.fibonacci()?).ok_or(too_many)?;
        let more = if is_group { bits.fibonacci()? } else { 0 };
        if more > MOST_SECTIONS || ids.len() as u64 > MOST_SECTIONS {
            return Err(too_many);
        }
        last = from.checked_add(more).ok_or(too_many)?;
        ids.extend(from..=last);
    }
    bits.end()?;
    Ok(ids)
}
