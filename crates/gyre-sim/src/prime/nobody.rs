//! What is about nobody: assets and their metadata, and what advertising cost.

use super::campaign::{ASSETS_EACH, BEGIN, asset};
use super::files::File;
use super::member::{ASSET_TYPES, Draw, VARIANTS, draw};
use super::truth::{Money, add};
use super::{Out, dirt};
use crate::time::DAY;
use std::io::{self, Write};

/// Who draws for rows about nobody.
const NOBODY: u32 = u32::MAX;

/// Assets and their metadata.
pub(super) fn assets<W: Write>(out: &mut Out<'_, W>) -> io::Result<()> {
    let mut slot = 0;
    for variant in VARIANTS {
        for (asset_type, size) in ASSET_TYPES {
            for number in 0..ASSETS_EACH {
                let draw = |what| draw(out.dice, NOBODY, what, slot);
                let (form, lost, typed) = (draw(Draw::Form), draw(Draw::Dirt), draw(Draw::Junk));
                let again = draw(Draw::Again) < 0.25;
                slot += 1;
                let name = asset(variant, asset_type, number);
                let mut format = size.to_owned();
                // The first banner of the campaign lost its sign in every world.
                if slot == 1 || lost < 0.4 {
                    format = dirt::size(size, if slot == 1 { 0.0 } else { form });
                    out.truth.plant("asset_formats");
                }
                let mut kind = asset_type.to_owned();
                if typed < 0.25 {
                    kind = dirt::name(asset_type, form);
                    out.truth.plant("asset_types");
                }
                let headline = format!("Prime Day, {}", variant.replace('_', " "));
                let day = dirt::clean_day(BEGIN);
                let row = [&*name, "editor-1", variant, &kind, &format, &headline, "EN", &day];
                out.csv(File::Assets, &row)?;
                out.truth.clean.assets += 1;
                if again {
                    let row =
                        [&*name, "editor-1", variant, asset_type, size, &headline, "en", &day];
                    out.csv(File::Assets, &row)?;
                    out.truth.plant("published_twice");
                }
            }
        }
    }
    // Somebody saved before there was a name.
    let row = ["", "editor-1", VARIANTS[0], "image", "600×300", "", "en", "2025-07-01"];
    out.csv(File::Assets, &row)?;
    out.truth.letter(File::Assets, "missing_value");
    Ok(())
}

/// What advertising cost; about nobody.
pub(super) fn spend<W: Write>(out: &mut Out<'_, W>) -> io::Result<()> {
    let mut told_again = Vec::new();
    for day in 0..11 {
        for (place, channel) in (0..).zip(["search_ads", "social", "display"]) {
            let draw = |what| draw(out.dice, NOBODY, what, day * 3 + place);
            let (form, dirty) = (draw(Draw::Form), draw(Draw::Coupon));
            let cents = 20_000 + (180_000.0 * draw(Draw::Amount)) as i64;
            let at = BEGIN.plus(i64::from(day) * DAY);
            let (mut date, mut name) = (dirt::clean_day(at), channel.to_owned());
            let mut amount = dirt::plain(cents);
            match dirty {
                0.0..0.15 => date = dirt::day(at, form),
                0.15..0.3 => name = dirt::name(channel, form),
                0.3..0.45 => amount = dirt::amount(cents),
                _ => {}
            }
            if dirty < 0.45 {
                add(&mut out.truth.mended_by_mapping, File::Spend.key());
            }
            out.csv(File::Spend, &[&date, &name, &amount, &(cents / 3).to_string()])?;
            // The first day of each channel is corrected later: the last that was told counts.
            let corrected = if day == 0 { cents + 1_000 } else { cents };
            if day == 0 {
                told_again.push((dirt::clean_day(at), channel, corrected));
            }
            out.truth.clean.spend.entry(channel.to_owned()).or_insert(Money(0)).0 += corrected;
        }
    }
    for (date, channel, cents) in told_again {
        out.csv(File::Spend, &[&date, channel, &dirt::plain(cents), "0"])?;
        add(&mut out.truth.again, File::Spend.key());
    }
    out.csv(File::Spend, &["2025-07-12", "social", "", "0"])?;
    out.truth.letter(File::Spend, "missing_value");
    Ok(())
}
