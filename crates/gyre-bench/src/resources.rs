//! What runs on the server while it is measured.

/// A source, a few features and an audience.
pub(crate) const SHOP: &str = include_str!("../resources/shop.yaml");

/// How consent, caps and the draw are set for the campaign; its variants follow.
const CAMPAIGN: &str = include_str!("../resources/campaign.yaml");

/// The candidates of the campaign.
pub(crate) const VARIANTS: usize = 50;

/// The same and a campaign with fifty variants: half with an offer, a fifth with a rule of its own.
pub(crate) fn campaign() -> String {
    let contents: Vec<String> = (0..VARIANTS).map(content).collect();
    let variants: Vec<String> = (0..VARIANTS).map(variant).collect();
    format!("{SHOP}{}{CAMPAIGN}  variants:\n{}", contents.concat(), variants.concat())
}

fn content(at: usize) -> String {
    format!(
        r#"---
apiVersion: gyre/v1
kind: Content
metadata: {{name: content_{at}}}
spec:
  channel: in_app
  fields:
    title: Something for you, number {at}
    body: "{{{{ person.first_name | default: \"Welcome back\" }}}}, have a look."
    button: Show me
"#
    )
}

fn variant(at: usize) -> String {
    let offer = if at.is_multiple_of(2) { "      offer: free_shipping\n" } else { "" };
    let rule = match at {
        at if at.is_multiple_of(5) => format!("      when: person.orders >= {}\n", at / 25),
        _ => String::new(),
    };
    format!("    - name: variant_{at}\n      content: {{in_app: content_{at}}}\n{offer}{rule}")
}
