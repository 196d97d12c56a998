//! Tests of rendering and retries.

use crate::{Templates, next_attempt};
use expect_test::expect;
use gyre_config::kinds::Content;
use gyre_model::{Span, Timestamp};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn content(subject: &str, text: &str, html: Option<&str>) -> Content {
    Content {
        channel: "email".into(),
        subject: Some(subject.into()),
        text: Some(text.into()),
        html: html.map(str::to_owned),
        fields: [("title".to_owned(), text.to_owned())].into(),
        tags: std::collections::BTreeMap::new(),
    }
}

fn values(name: &str) -> Map<String, Value> {
    match json!({"person": {"first_name": name, "orders": 3}}) {
        Value::Object(map) => map,
        _ => unreachable!(),
    }
}

#[test]
fn a_template_reads_what_is_known() {
    let content = content(
        "Hi {{ person.first_name }}",
        "{% if person.orders > 2 %}Thanks for {{ person.orders }} orders{% endif %}",
        Some("<b>{{ person.first_name }}</b>"),
    );
    let mail = Templates::of(&content).mail(&values("Ada")).unwrap();
    expect!["Hi Ada | Thanks for 3 orders | <b>Ada</b>"].assert_eq(&format!(
        "{} | {} | {}",
        mail.subject,
        mail.text,
        mail.html.unwrap()
    ));
    assert_eq!(
        Templates::of(&content).fields(&values("Ada")).unwrap()["title"],
        "Thanks for 3 orders"
    );
}

#[test]
fn what_a_person_typed_is_never_markup_nor_a_header() {
    let content =
        content("Hi {{ person.first_name }}", "x", Some("<b>{{ person.first_name }}</b>"));
    let mail =
        Templates::of(&content).mail(&values("<script>\r\nBcc: a@b {{ 1 | plus: 1 }}")).unwrap();
    expect!["Hi <script> Bcc: a@b {{ 1 | plus: 1 }}"].assert_eq(&mail.subject);
    assert!(!mail.html.unwrap().contains("<script>"));
}

#[test]
fn an_endless_template_ends() {
    let endless = content("x", "{%- for i in (1..1000000000) %}{{ i }}{% endfor %}", None);
    let error = Templates::of(&endless).mail(&values("a")).unwrap_err().to_string();
    assert!(error.contains("range"), "{error}");
    let mut many = values("a");
    many.insert("list".into(), (0..1000).collect());
    let long = "{% for i in list %}{% for j in list %}{{ i }}{{ j }}{% endfor %}{% endfor %}";
    let error = Templates::of(&content("x", long, None)).mail(&many).unwrap_err().to_string();
    assert!(error.contains("KiB") || error.contains("ms"), "{error}");
    let include = content("x", "{% include 'secrets' %}", None);
    assert!(Templates::of(&include).mail(&values("a")).is_err());
}

#[test]
fn attempts_grow_apart_and_end() {
    let start = Timestamp(0);
    let gaps: Vec<String> = (1..=6)
        .map(|attempt| {
            next_attempt(attempt, start, start + Span::days(2))
                .map_or_else(|| "-".to_owned(), |next| (next - start).to_string())
        })
        .collect();
    expect!["1m 5m 25m 125m 625m -"].assert_eq(&gaps.join(" "));
    assert_eq!(next_attempt(3, start, start + Span::MINUTE), None);
}

proptest! {
    #[test]
    fn no_name_breaks_a_mail(name in ".{0,40}") {
        let content = content("Hi {{ person.first_name }}", "{{ person.first_name }}", Some("{{ person.first_name }}"));
        let mail = Templates::of(&content).mail(&values(&name)).unwrap();
        prop_assert!(!mail.subject.contains('\n') && !mail.subject.contains('\r'));
        prop_assert!(!mail.html.unwrap().contains('<'));
    }
}
