//! What members bought, in the web shop and in stores.

use super::campaign::BEGIN;
use super::files::File;
use super::member::{Draw, Member, SEGMENTS, VARIANTS};
use super::messages::Did;
use super::truth::{add, euros};
use super::{Out, dirt};
use crate::time::{DAY, MINUTE, Time};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Everything is bought after the last message and its last click.
const BUY_DAY: i64 = 9;
/// How many days are open for it.
const DAYS: f64 = 5.0;

/// What the member bought.
pub(super) fn purchases<W: Write>(out: &mut Out<'_, W>, who: &Member, did: Did) -> io::Result<()> {
    let chance = match (did.clicked, did.reached) {
        (true, _) => 0.5,
        (_, true) => 0.12,
        _ => 0.06,
    };
    if !who.falls(Draw::Buy, 0, chance) {
        return Ok(());
    }
    buy(out, who, 0)?;
    if who.falls(Draw::Second, 0, 0.2) {
        buy(out, who, 1)?;
    }
    let clean = &mut out.truth.clean;
    clean.customers += 1;
    clean.segments.entry(SEGMENTS[who.segment].to_owned()).or_default().did += 1;
    if did.reached {
        clean.variants.entry(VARIANTS[who.variant].to_owned()).or_default().converted += 1;
    }
    Ok(())
}

fn buy<W: Write>(out: &mut Out<'_, W>, who: &Member, number: i32) -> io::Result<()> {
    let size = (1.8 * who.draw(Draw::Amount, number) - 0.5).exp();
    // Some are large enough for a dot between thousands.
    let cents = 1_999 + (3_000.0 * size * size * size) as i64;
    let minutes = (who.draw(Draw::Moment, 16 + number) * DAYS * 24.0 * 60.0) as i64;
    let at = BEGIN.plus(BUY_DAY * DAY + minutes * MINUTE);
    let in_store = who.falls(Draw::Store, number, 0.3);
    let clean = &mut out.truth.clean;
    let sums = if in_store { &mut clean.store_orders } else { &mut clean.orders };
    sums.count += 1;
    sums.revenue.0 += cents;
    sums.margin.0 += margin(cents);
    if in_store { receipt(out, who, number, at, cents) } else { order(out, who, number, at, cents) }
}

/// What is left of an amount when the goods are paid, in cents.
fn margin(cents: i64) -> i64 {
    cents * 2 / 5
}

fn order<W: Write>(
    out: &mut Out<'_, W>,
    who: &Member,
    number: i32,
    at: Time,
    cents: i64,
) -> io::Result<()> {
    let slot = 32 + number;
    let form = who.draw(Draw::Form, slot);
    let mut clean = json!({
        "order_id": format!("o{}-{number}", who.index), "member_id": who.id,
        "revenue": euros(cents), "margin": euros(margin(cents)), "currency": "EUR", "ordered_at": at.text(),
    });
    if who.falls(Draw::Coupon, slot, 0.4) {
        clean["coupon"] = json!("PRIME20");
    }
    let mut row = clean.clone();
    let dirty = match who.draw(Draw::Dirt, slot) {
        0.0..0.1 => Some(("revenue", "order_amounts", dirt::amount(cents))),
        0.1..0.18 => Some(("ordered_at", "order_dates", dirt::time(at, form))),
        0.18..0.26 => Some(("currency", "currencies", "eur".to_owned())),
        0.26..0.34 => Some(("coupon", "no_coupon", dirt::nothing(form).to_owned())),
        _ => None,
    };
    if let Some((key, rule, text)) = dirty {
        row[key] = Value::String(text);
        out.truth.plant(rule);
    }
    out.json(File::Orders, &row)?;
    if who.falls(Draw::Again, slot, 0.08) {
        out.json(File::Orders, &clean)?;
        out.truth.plant("ordered_twice");
    }
    match who.draw(Draw::Junk, slot) {
        0.0..0.04 => {
            clean["order_id"] = Value::Null;
            out.json(File::Orders, &clean)?;
            add(&mut out.truth.kept_out, "missing_property");
        }
        0.04..0.08 => {
            clean["order_id"] = json!(format!("o{}-{number}-wrong", who.index));
            clean["revenue"] = json!(-1.0);
            out.json(File::Orders, &clean)?;
            add(&mut out.truth.kept_out, "out_of_range");
        }
        _ => {}
    }
    Ok(())
}

/// A purchase in a store: it knows the card's e-mail address and the day.
fn receipt<W: Write>(
    out: &mut Out<'_, W>,
    who: &Member,
    number: i32,
    at: Time,
    cents: i64,
) -> io::Result<()> {
    let slot = 34 + number;
    let form = who.draw(Draw::Form, slot);
    let id = format!("r{}-{number}", who.index);
    let store = ["berlin_mitte", "lyon_centre", "osaka_umeda"][dirt::pick(form, 3)];
    let day = dirt::clean_day(at);
    let (total, left) = (dirt::plain(cents), dirt::plain(margin(cents)));
    let clean = [&*id, &who.email, store, &total, &day, &left].map(str::to_owned);
    let mut row = clean.clone();
    match who.draw(Draw::Dirt, slot) {
        0.0..0.12 => {
            row[2] = dirt::name(store, form);
            out.truth.plant("store_names");
        }
        0.12..0.24 => {
            row[4] = dirt::day(at, form);
            out.truth.plant("receipt_dates");
        }
        // Mended by the mapping: the call does not carry the amount.
        0.24..0.36 => {
            row[3] = dirt::amount(cents);
            add(&mut out.truth.mended_by_mapping, File::Receipts.key());
        }
        // The same address to the post, another one to a computer.
        0.36..0.48 => row[1] = who.email.to_uppercase(),
        _ => {}
    }
    out.csv(File::Receipts, &row.each_ref().map(String::as_str))?;
    if who.falls(Draw::Again, slot, 0.1) {
        out.csv(File::Receipts, &clean.each_ref().map(String::as_str))?;
        out.truth.plant("bought_twice");
    }
    if who.falls(Draw::Junk, slot, 0.06) {
        let [id, _, store, total, day, left] = clean;
        out.csv(File::Receipts, &[&format!("{id}-lost"), "n/a", &store, &total, &day, &left])?;
        out.truth.letter(File::Receipts, "no_person");
    }
    Ok(())
}
