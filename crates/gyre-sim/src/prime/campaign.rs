//! The campaign: who its members are, and who was put into which variant.

use super::files::File;
use super::member::{Draw, Member, SEGMENTS, VARIANTS};
use super::{Out, dirt};
use crate::time::{DAY, Time};
use std::io::{self, Write};

/// Midnight before the first enrolments, 2025-07-01 in UTC.
pub(super) const BEGIN: Time = Time(1_751_328_000_000_000);
/// How many assets a variant has of each type.
pub(super) const ASSETS_EACH: usize = 2;

/// The name of an asset.
pub(super) fn asset(variant: &str, asset_type: &str, number: usize) -> String {
    format!("{variant}_{asset_type}_{}", number + 1)
}

/// What the CRM says of a member.
pub(super) fn contact<W: Write>(out: &mut Out<'_, W>, who: &Member) -> io::Result<()> {
    const SLOT: i32 = 0;
    let joined = Time(BEGIN.0 - (who.draw(Draw::Moment, SLOT) * 700.0) as i64 * DAY - DAY);
    let form = who.draw(Draw::Form, SLOT);
    let crm = format!("crm-{}", who.index);
    let name = ["Ada", "Bela", "Chidi", "Dana", "Emre", "Fumi"][who.index as usize % 6];
    let consent = if who.consent { "true" } else { "false" };
    let (clean_tier, clean_day) = (who.tier.to_owned(), dirt::clean_day(joined));
    let (mut tier, mut country, mut day) = (clean_tier.clone(), who.country, clean_day.clone());
    match who.draw(Draw::Dirt, SLOT) {
        0.0..0.08 => {
            tier = dirt::name(who.tier, form);
            out.truth.plant("tier_names");
        }
        0.08..0.12 => {
            country = dirt::nothing(form);
            out.truth.plant("no_country");
        }
        0.12..0.2 => {
            day = dirt::day(joined, form);
            out.truth.plant("contact_dates");
        }
        _ => {}
    }
    out.csv(File::Contacts, &[&crm, &who.id, &who.email, name, &tier, country, consent, &day])?;
    out.truth.plant("tier_values");
    out.truth.clean.contacts += 1;
    if who.falls(Draw::Again, SLOT, 0.04) {
        let row = [&*crm, &who.id, &who.email, name, &clean_tier, who.country, consent, &clean_day];
        out.csv(File::Contacts, &row)?;
        out.truth.plant("tier_values");
        out.truth.plant("contact_twice");
    }
    if who.falls(Draw::Junk, SLOT, 0.02) {
        let row = [
            &*format!("crm-junk-{}", who.index),
            "",
            "n/a",
            name,
            "gold",
            "DE",
            "true",
            &clean_day,
        ];
        out.csv(File::Contacts, &row)?;
        out.truth.letter(File::Contacts, "no_person");
    }
    Ok(())
}

/// The member's place in the campaign.
pub(super) fn enrollment<W: Write>(out: &mut Out<'_, W>, who: &Member) -> io::Result<()> {
    const SLOT: i32 = 1;
    let at = BEGIN.plus(i64::from(who.index % 7) * DAY);
    let (segment, variant) = (SEGMENTS[who.segment], VARIANTS[who.variant]);
    let clean = ["prime_day", variant, segment, &dirt::clean_day(at)].map(str::to_owned);
    let mut cells = clean.clone();
    let form = who.draw(Draw::Form, SLOT);
    let dirty = match who.draw(Draw::Dirt, SLOT) {
        0.0..0.05 => Some((0, "campaign_names", dirt::name("prime_day", form))),
        0.05..0.1 => Some((1, "variant_names", dirt::name(variant, form))),
        0.1..0.2 => Some((2, "segment_names", dirt::name(segment, form))),
        0.2..0.3 => Some((3, "enrollment_dates", dirt::day(at, form))),
        _ => None,
    };
    if let Some((place, rule, text)) = dirty {
        cells[place] = text;
        out.truth.plant(rule);
    }
    let row = |id: &str, cells: &[String; 4]| {
        [id.to_owned(), cells[0].clone(), cells[1].clone(), cells[2].clone(), cells[3].clone()]
    };
    let mut rows = vec![row(&who.id, &cells)];
    if who.falls(Draw::Again, SLOT, 0.05) {
        rows.push(row(&who.id, &clean));
        out.truth.plant("enrolled_twice");
    }
    match who.draw(Draw::Junk, SLOT) {
        0.0..0.02 => {
            rows.push(row("null", &clean));
            out.truth.letter(File::Enrollments, "no_person");
        }
        0.02..0.04 => {
            let [campaign, _, segment, day] = clean;
            rows.push(row(&who.id, &[campaign, String::new(), segment, day]));
            out.truth.letter(File::Enrollments, "missing_value");
        }
        0.04..0.05 => {
            let [campaign, _, segment, day] = clean;
            rows.push(row(&who.id, &[campaign, "???".to_owned(), segment, day]));
            out.truth.letter(File::Enrollments, "unknown_variant");
        }
        _ => {}
    }
    for row in &rows {
        out.csv(File::Enrollments, &row.each_ref().map(String::as_str))?;
    }
    out.truth.clean.variants.entry(variant.to_owned()).or_default().enrolled += 1;
    out.truth.clean.segments.entry(segment.to_owned()).or_default().people += 1;
    Ok(())
}
