//! The pages as HTML: whole in themselves, without scripts, nothing loaded from elsewhere.

use gyre_config::kinds::{ConsentPolicy, PagePurpose, PageText, PreferencePage};
use gyre_model::Topic;
use gyre_model::id::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The language of what ships.
const ENGLISH: &str = "en";
/// The colour of buttons and headings where nobody chose one; white on it can be read.
const COLOUR: &str = "#1d4ed8";

/// A page in a language.
pub(super) struct Page<'a> {
    policy: Option<&'a ConsentPolicy>,
    form: PreferencePage,
    text: PageText,
    pub(super) language: String,
}

impl<'a> Page<'a> {
    /// The page of a workspace in the first of the wanted languages that it has.
    pub(super) fn of(policy: Option<&'a ConsentPolicy>, wanted: &[String]) -> Self {
        let page = policy.and_then(|policy| policy.page.clone()).unwrap_or_default();
        let has = |name: &String| name == ENGLISH || page.languages.contains_key(name);
        let language = wanted
            .iter()
            .find(|name| has(name))
            .cloned()
            .or_else(|| page.language.clone())
            .unwrap_or_else(|| ENGLISH.to_owned());
        let text = page.languages.get(&language).cloned().unwrap_or_default();
        Self { policy, form: page, text, language }
    }

    /// What is asked, with its name in the page's language.
    pub(super) fn asks(&self) -> Vec<PagePurpose> {
        if self.form.asks.is_empty() {
            let label = "News and offers by e-mail".to_owned();
            return vec![PagePurpose {
                topic: "contact.email".to_owned(),
                label: [(ENGLISH.to_owned(), label)].into(),
                help: BTreeMap::new(),
            }];
        }
        self.form.asks.clone()
    }

    fn word<'t>(&self, words: &'t BTreeMap<String, String>) -> &'t str {
        words
            .get(&self.language)
            .or_else(|| words.get(ENGLISH))
            .or_else(|| words.values().next())
            .map_or("", String::as_str)
    }

    fn text<'t>(own: Option<&'t String>, shipped: &'t str) -> &'t str {
        own.map_or(shipped, String::as_str)
    }

    fn title(&self) -> &str {
        Self::text(self.text.title.as_ref(), "Your preferences")
    }

    fn intro(&self) -> &str {
        Self::text(
            self.text.intro.as_ref(),
            "Choose what you agree to. You can change it at any time.",
        )
    }

    /// The version of the notice that is in force.
    pub(super) fn notice_version(&self) -> Option<String> {
        self.policy?.notice.as_ref().map(|notice| notice.version.clone())
    }

    /// The hash of everything the page says, so that an entry shows what was read.
    pub(super) fn text_hash(&self) -> String {
        let mut hasher = Sha256::new();
        let mut say = |text: &str| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        };
        say(self.title());
        say(self.intro());
        for ask in self.asks() {
            say(&ask.topic);
            say(self.word(&ask.label));
            say(self.word(&ask.help));
        }
        hex(&hasher.finalize())
    }

    /// The questions, each with whether it is answered with yes.
    pub(super) fn preferences(&self, granted: &dyn Fn(&Topic) -> bool, saved: bool) -> String {
        let mut main = String::new();
        if saved {
            let said = Self::text(self.text.saved.as_ref(), "Your preferences were saved.");
            let _ = write!(main, "<p class=\"said\" role=\"status\">{}</p>", escape(said));
        }
        let _ = write!(main, "<p>{}</p><form method=\"post\"><fieldset>", escape(self.intro()));
        let _ = write!(main, "<legend>{}</legend>", escape(self.title()));
        for (index, ask) in self.asks().iter().enumerate() {
            let Some(topic) = Topic::parse(&ask.topic) else { continue };
            let checked = if granted(&topic) { " checked" } else { "" };
            let (name, help) = (escape(&ask.topic), escape(self.word(&ask.help)));
            let label = escape(self.word(&ask.label));
            let _ = write!(
                main,
                "<div class=\"ask\"><input type=\"hidden\" name=\"asked\" value=\"{name}\">\
                 <input type=\"checkbox\" id=\"ask{index}\" name=\"granted\" value=\"{name}\"\
                 {checked} aria-describedby=\"help{index}\"><label for=\"ask{index}\">{label}</label>\
                 <p class=\"help\" id=\"help{index}\">{help}</p></div>"
            );
        }
        let save = escape(Self::text(self.text.save.as_ref(), "Save"));
        let language = escape(&self.language);
        let _ = write!(
            main,
            "</fieldset><input type=\"hidden\" name=\"language\" value=\"{language}\">\
             <button type=\"submit\">{save}</button></form>"
        );
        let notice = self.policy.and_then(|policy| policy.notice.as_ref());
        if let Some(url) = notice.and_then(|notice| notice.url.as_deref())
            && (url.starts_with("https://") || url.starts_with("http://"))
        {
            let text = escape(Self::text(self.text.notice.as_ref(), "Privacy notice"));
            let url = escape(url);
            let _ = write!(main, "<p><a href=\"{url}\" rel=\"noreferrer\">{text}</a></p>");
        }
        self.whole(self.title(), &main)
    }

    /// The page behind a link to be written to no more: opening it changes nothing.
    pub(super) fn unsubscribe(&self) -> String {
        let title = Self::text(self.text.unsubscribe.as_ref(), "Unsubscribe");
        let intro = Self::text(
            self.text.unsubscribe_intro.as_ref(),
            "Press the button and we will not write to you this way any more.",
        );
        let (intro, button) = (escape(intro), escape(title));
        let main = format!(
            "<p>{intro}</p><form method=\"post\"><button type=\"submit\">{button}</button></form>"
        );
        self.whole(title, &main)
    }

    /// What is said when it was done.
    pub(super) fn unsubscribed(&self) -> String {
        let title = Self::text(self.text.unsubscribe.as_ref(), "Unsubscribe");
        let said = Self::text(
            self.text.unsubscribed.as_ref(),
            "We will not write to you this way any more.",
        );
        let main = format!("<p class=\"said\" role=\"status\">{}</p>", escape(said));
        self.whole(title, &main)
    }

    fn whole(&self, title: &str, main: &str) -> String {
        let brand = &self.form.brand;
        let colour = brand.colour.as_deref().filter(|colour| is_colour(colour)).unwrap_or(COLOUR);
        let (language, title) = (escape(&self.language), escape(title));
        let name = escape(&brand.name);
        let logo = brand.logo.as_deref().filter(|logo| logo.starts_with("data:image/"));
        let logo = logo.map_or_else(String::new, |logo| {
            format!("<img src=\"{}\" alt=\"{name}\" height=\"40\">", escape(logo))
        });
        let shown = if logo.is_empty() { format!("<p class=\"name\">{name}</p>") } else { logo };
        format!(
            "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>\
             :root{{--brand:{colour}}}{STYLE}</style></head><body><header>{shown}</header><main>\
             <h1>{title}</h1>{main}</main></body></html>"
        )
    }
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;color:#111827;background:#f9fafb;\
margin:0;padding:2rem 1rem}header,main{max-width:34rem;margin:0 auto}\
main{background:#fff;border:1px solid #d1d5db;border-radius:.5rem;padding:1.5rem}\
h1{color:var(--brand);font-size:1.5rem;margin-top:0}.name{font-weight:600}\
fieldset{border:0;padding:0;margin:0 0 1rem}legend{position:absolute;left:-999rem}\
.ask{padding:.5rem 0}.ask input[type=checkbox]{width:1.25rem;height:1.25rem;margin-right:.5rem;\
vertical-align:middle}.help{margin:.25rem 0 0 1.9rem;color:#4b5563}.help:empty{display:none}\
button{background:var(--brand);color:#fff;border:0;border-radius:.375rem;padding:.6rem 1.2rem;\
font:inherit;cursor:pointer}:focus-visible{outline:3px solid #111827;outline-offset:2px}\
.said{border-left:.25rem solid var(--brand);padding-left:.75rem}";

/// What is said when a link does not work.
pub(super) fn broken(why: &str) -> String {
    let why = escape(why);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>This link does not work</title><style>:root{{--brand:{COLOUR}}}{STYLE}</style>\
         </head><body><main><h1>This link does not work</h1><p role=\"alert\">{why}. Use the link in \
         the latest message you got.</p></main></body></html>"
    )
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Text as it may stand in HTML, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::Page;
    use gyre_config::kinds::{Brand, ConsentPolicy, PagePurpose, PageText, PreferencePage};

    fn policy() -> ConsentPolicy {
        let word = |text: &str| [("en".to_owned(), text.to_owned())].into();
        let german = PageText { title: Some("Ihre Wahl".into()), ..PageText::default() };
        ConsentPolicy {
            page: Some(PreferencePage {
                brand: Brand { name: "<b>Shop".into(), colour: Some("red;}".into()), logo: None },
                asks: vec![PagePurpose {
                    topic: "analytics".into(),
                    label: word("\"Counting\" & more"),
                    help: word("We <count>."),
                }],
                languages: [("de".to_owned(), german)].into(),
                language: None,
            }),
            ..ConsentPolicy::default()
        }
    }

    #[test]
    fn what_a_resource_says_is_text_and_never_markup() {
        let policy = policy();
        let html = Page::of(Some(&policy), &[]).preferences(&|_| true, true);
        assert!(html.contains("&lt;b&gt;Shop") && html.contains("We &lt;count&gt;."));
        assert!(!html.contains("<b>") && !html.contains("red;}"), "{html}");
        assert!(html.contains("value=\"analytics\" checked"));
        for outside in ["http://", "https://", "<script", "@import", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
    }

    #[test]
    fn the_first_language_that_is_there_is_spoken() {
        let policy = policy();
        let spoken = |wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
            Page::of(Some(&policy), &wanted).preferences(&|_| false, false)
        };
        assert!(spoken(&["fr", "de"]).contains("<html lang=\"de\">"));
        assert!(spoken(&["fr", "de"]).contains("Ihre Wahl"));
        assert!(spoken(&["fr"]).contains("Your preferences"));
        let (de, en) = (Page::of(Some(&policy), &["de".into()]), Page::of(Some(&policy), &[]));
        assert_ne!(de.text_hash(), en.text_hash(), "what was read differs");
    }
}
