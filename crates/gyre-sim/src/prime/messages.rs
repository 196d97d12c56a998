//! What was sent, and who opened and clicked.

use super::campaign::{ASSETS_EACH, BEGIN, asset};
use super::files::File;
use super::member::{ASSET_TYPES, Draw, Member, VARIANTS};
use super::truth::add;
use super::{Out, dirt};
use crate::time::{DAY, MINUTE, Time};
use serde_json::{Value, json};
use std::io::{self, Write};

/// How many days after the beginning messages leave.
const SEND_DAY: i64 = 7;

/// What somebody did, as far as purchases follow from it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Did {
    pub(super) reached: bool,
    pub(super) clicked: bool,
}

/// What was sent to the member, and what the member did with it.
pub(super) fn messages<W: Write>(out: &mut Out<'_, W>, who: &Member) -> io::Result<Did> {
    let variant = VARIANTS[who.variant];
    let (mut did, mut got, mut clicked) = (Did::default(), [false; 3], [false; 3]);
    for (slot, channel) in (2..).zip(["email", "app"]) {
        if !(if channel == "email" { who.consent } else { who.app }) {
            continue;
        }
        let kind = dirt::pick(who.draw(Draw::Asset, slot), ASSET_TYPES.len());
        let (asset_type, size) = ASSET_TYPES[kind];
        let asset = asset(variant, asset_type, who.index as usize % ASSETS_EACH);
        let minutes = (who.draw(Draw::Moment, slot) * 600.0) as i64;
        let at = BEGIN.plus(SEND_DAY * DAY + (8 * 60 + minutes) * MINUTE);
        let bounced = channel == "email" && who.falls(Draw::Bounce, slot, 0.03);
        let outcome = if bounced { "bounced" } else { "delivered" };
        let mut format = size.to_owned();
        if who.falls(Draw::Dirt, slot, 0.1) {
            format = dirt::size(size, who.draw(Draw::Form, slot));
            out.truth.plant("send_formats");
        }
        let send = format!("s{}-{channel}", who.index);
        let at_text = at.text();
        let mut row =
            [&*send, &who.id, variant, channel, &asset, asset_type, &format, outcome, &at_text];
        out.csv(File::Sends, &row)?;
        if who.falls(Draw::Again, slot, 0.03) {
            out.csv(File::Sends, &row)?;
            add(&mut out.truth.again, File::Sends.key());
        }
        if who.falls(Draw::Junk, slot, 0.01) {
            row[0] = "";
            out.csv(File::Sends, &row)?;
            out.truth.letter(File::Sends, "missing_value");
        }
        if bounced {
            continue;
        }
        did.reached = true;
        got[kind] = true;
        out.truth.clean.variants.entry(variant.to_owned()).or_default().deliveries += 1;
        let line = Line { who, slot, send: &send, asset: &asset, asset_type };
        if !who.falls(Draw::Open, slot, 0.5) {
            continue;
        }
        let opened = at.plus((10 + (who.draw(Draw::Open, slot) * 240.0) as i64) * MINUTE);
        respond(out, &line, 0, "open", opened)?;
        if who.falls(Draw::Click, slot, who.liking()) {
            (did.clicked, clicked[kind]) = (true, true);
            respond(out, &line, 1, "click", opened.plus(2 * MINUTE))?;
            if who.falls(Draw::ClickAgain, slot, 0.3) {
                respond(out, &line, 2, "click", opened.plus(9 * MINUTE))?;
            }
        }
    }
    let one = out.truth.clean.variants.entry(variant.to_owned()).or_default();
    one.reached += u64::from(did.reached);
    one.clicked += u64::from(did.clicked);
    for (kind, (name, _)) in ASSET_TYPES.into_iter().enumerate() {
        let one = out.truth.clean.asset_types.entry(name.to_owned()).or_default();
        one.people += u64::from(got[kind]);
        one.did += u64::from(clicked[kind]);
    }
    Ok(did)
}

/// A message somebody responds to.
struct Line<'a> {
    who: &'a Member,
    slot: i32,
    send: &'a str,
    asset: &'a str,
    asset_type: &'a str,
}

fn respond<W: Write>(
    out: &mut Out<'_, W>,
    line: &Line<'_>,
    number: i32,
    kind: &str,
    at: Time,
) -> io::Result<()> {
    let who = line.who;
    let slot = line.slot * 4 + number;
    let form = who.draw(Draw::Form, 8 + slot);
    let device = ["phone", "tablet", "desktop"][dirt::pick(who.draw(Draw::Device, slot), 3)];
    let mut row = json!({
        "response_id": format!("{}-{number}", line.send), "member_id": who.id,
        "send_id": line.send, "kind": kind, "variant": VARIANTS[who.variant],
        "asset": line.asset, "asset_type": line.asset_type,
        "device": device, "responded_at": at.text(),
    });
    let dirty = match who.draw(Draw::Dirt, 8 + slot) {
        0.0..0.06 => Some(("device", "no_device", dirt::nothing(form).to_owned())),
        0.06..0.12 => Some(("responded_at", "response_dates", dirt::time(at, form))),
        0.12..0.18 => Some(("kind", "response_kinds", kind.to_uppercase())),
        _ => None,
    };
    if let Some((key, rule, text)) = dirty {
        row[key] = Value::String(text);
        out.truth.plant(rule);
    }
    out.json(File::Responses, &row)?;
    if who.falls(Draw::Again, 8 + slot, 0.04) {
        out.json(File::Responses, &row)?;
        add(&mut out.truth.again, File::Responses.key());
    }
    if who.falls(Draw::Junk, 8 + slot, 0.015) {
        row["member_id"] = Value::Null;
        row["response_id"] = Value::String(format!("{}-{number}-lost", line.send));
        out.json(File::Responses, &row)?;
        out.truth.letter(File::Responses, "missing_value");
    }
    Ok(())
}
