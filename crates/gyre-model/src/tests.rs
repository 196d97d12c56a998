//! Tests of the nouns.

use crate::record::body::{Body, Consent};
use crate::{Decimal, Dice, NodeId, NodeKind, PersonId, Span, Timestamp};
use proptest::prelude::*;

#[test]
fn an_id_reads_back_as_it_was_shown() {
    let node = NodeId::node("main", NodeKind::User, "u-1");
    assert_eq!(node.kind(), NodeKind::User);
    assert_eq!(node.to_string().parse::<NodeId>(), Ok(node));
    assert_eq!(node.as_person().root(), node);
    assert!("zz".parse::<PersonId>().is_err());
    assert!("é".repeat(16).parse::<PersonId>().is_err());
}

#[test]
fn the_workspace_is_part_of_a_node() {
    assert_ne!(NodeId::node("a", NodeKind::User, "u"), NodeId::node("b", NodeKind::User, "u"));
}

#[test]
fn spans_and_times_read_as_people_write_them() {
    assert_eq!(Span::parse("30d"), Ok(Span::days(30)));
    assert_eq!(Span::days(14).to_string(), "14d");
    assert!(Span::parse("d").is_err());
    assert!(Span::parse("é").is_err());
    assert!(Span::parse("1.5h").is_err());
    let time = Timestamp::parse("2026-03-01T10:00:00+01:00").unwrap();
    assert_eq!(time.to_string(), "2026-03-01T09:00:00Z");
    assert_eq!(Timestamp::parse("2026-03-01"), Timestamp::parse("2026-03-01T00:00:00Z"));
}

#[test]
fn an_old_record_without_new_fields_is_read() {
    let old = br#"{"v":1,"node":"01000000000000000000000000000000","person":"01000000000000000000000000000000","channel":"email","granted":true,"occurred_at":"2026-01-01T00:00:00Z","source":"web","later":1}"#;
    let consent = Consent::decode(old).unwrap();
    assert!(consent.granted);
    assert_eq!(Consent::decode(&consent.encode()).unwrap(), consent);
}

proptest! {
    #[test]
    fn decimals_keep_six_places(units in -1_000_000_000_000i64..1_000_000_000_000) {
        let decimal = Decimal(units);
        prop_assert_eq!(Decimal::from_f64(decimal.to_f64()), Some(decimal));
        let shown: f64 = decimal.to_string().parse().unwrap();
        prop_assert!((shown - decimal.to_f64()).abs() < 1e-6);
    }

    #[test]
    fn dice_are_uniform_numbers_and_fall_alike(who in any::<[u8; 16]>(), n in any::<u64>()) {
        let dice = Dice::new(b"salt");
        let u = dice.uniform(&who, "draw", n);
        prop_assert!((0.0..1.0).contains(&u));
        prop_assert!((u - Dice::new(b"salt").uniform(&who, "draw", n)).abs() < f64::EPSILON);
    }

    #[test]
    fn days_and_hours_agree(micros in -4_000_000_000_000_000i64..4_000_000_000_000_000) {
        let time = Timestamp(micros);
        prop_assert_eq!(time.hour().div_euclid(24), time.day());
    }
}
