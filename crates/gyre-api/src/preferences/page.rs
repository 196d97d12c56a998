//! The pages as HTML: whole in themselves, without scripts, nothing loaded from elsewhere.

use super::texts::{ENGLISH, Texts, languages, shipped, texts};
use gyre_config::kinds::{ConsentPolicy, PagePurpose, PageText, PreferencePage};
use gyre_model::Topic;
use gyre_model::id::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The colour of buttons and headings where nobody chose one.
const COLOUR: &str = "#1d4ed8";

/// A page in a language.
pub(super) struct Page<'a> {
    policy: Option<&'a ConsentPolicy>,
    form: PreferencePage,
    text: PageText,
    shipped: &'static Texts,
    pub(super) language: String,
}

impl<'a> Page<'a> {
    /// The page of a workspace in the first of the wanted languages that it has: one that somebody wrote
    /// texts for, or one that ships and in which all questions have a name.
    pub(super) fn of(policy: Option<&'a ConsentPolicy>, wanted: &[String]) -> Self {
        let page = policy.and_then(|policy| policy.page.clone()).unwrap_or_default();
        let is_asked = |name: &String| page.asks.iter().all(|ask| ask.label.contains_key(name));
        let has = |name: &&String| {
            *name == ENGLISH
                || page.languages.contains_key(*name)
                || (shipped(name).is_some() && is_asked(name))
        };
        let language = wanted
            .iter()
            .find(has)
            .or(page.language.as_ref())
            .cloned()
            .unwrap_or_else(|| ENGLISH.to_owned());
        let text = page.languages.get(&language).cloned().unwrap_or_default();
        let shipped = texts(&language);
        Self { policy, form: page, text, shipped, language }
    }

    /// What is asked, with its name in the page's language.
    pub(super) fn asks(&self) -> Vec<PagePurpose> {
        if self.form.asks.is_empty() {
            let label = languages().map(|(name, texts)| (name.to_owned(), texts.news.clone()));
            return vec![PagePurpose {
                topic: "contact.email".to_owned(),
                label: label.collect(),
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

    fn text<'t>(own: Option<&'t String>, shipped: &'t String) -> &'t str {
        own.unwrap_or(shipped)
    }

    fn title(&self) -> &str {
        Self::text(self.text.title.as_ref(), &self.shipped.title)
    }

    fn intro(&self) -> &str {
        Self::text(self.text.intro.as_ref(), &self.shipped.intro)
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
            let said = Self::text(self.text.saved.as_ref(), &self.shipped.saved);
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
        let save = escape(Self::text(self.text.save.as_ref(), &self.shipped.save));
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
            let text = escape(Self::text(self.text.notice.as_ref(), &self.shipped.notice));
            let url = escape(url);
            let _ = write!(main, "<p><a href=\"{url}\" rel=\"noreferrer\">{text}</a></p>");
        }
        self.whole(self.title(), &main)
    }

    /// The page behind a link to be written to no more: opening it changes nothing.
    pub(super) fn unsubscribe(&self) -> String {
        let title = Self::text(self.text.unsubscribe.as_ref(), &self.shipped.unsubscribe);
        let intro =
            Self::text(self.text.unsubscribe_intro.as_ref(), &self.shipped.unsubscribe_intro);
        let (intro, button) = (escape(intro), escape(title));
        let main = format!(
            "<p>{intro}</p><form method=\"post\"><button type=\"submit\">{button}</button></form>"
        );
        self.whole(title, &main)
    }

    /// What is said when it was done.
    pub(super) fn unsubscribed(&self) -> String {
        let title = Self::text(self.text.unsubscribe.as_ref(), &self.shipped.unsubscribe);
        let said = Self::text(self.text.unsubscribed.as_ref(), &self.shipped.unsubscribed);
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
        let head = head(&language, &title, colour);
        format!("{head}<header>{shown}</header><main><h1>{title}</h1>{main}</main></body></html>")
    }
}

const STYLE: &str = include_str!("page.css");

/// Everything up to the body; texts are safe by now.
fn head(language: &str, title: &str, colour: &str) -> String {
    let on = if is_light(colour) { "#111827" } else { "#ffffff" };
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>\
         :root{{--brand:{colour};--on-brand:{on}}}{STYLE}</style></head><body>"
    )
}

/// What is said when a link does not work, in the first of the wanted languages that ships.
pub(super) fn broken(wanted: &[String]) -> String {
    let language = wanted.iter().map(String::as_str).find(|name| shipped(name).is_some());
    let language = language.unwrap_or(ENGLISH);
    let (title, hint) = (escape(&texts(language).broken), escape(&texts(language).broken_hint));
    let head = head(language, &title, COLOUR);
    format!("{head}<main><h1>{title}</h1><p role=\"alert\">{hint}</p></main></body></html>")
}

/// Whether dark text is read more easily on a colour than white text: by the contrast ratio of WCAG 2.
fn is_light(colour: &str) -> bool {
    let part = |from: usize| {
        let digits = colour.get(from..from + 2).unwrap_or("00");
        let value = f64::from(u8::from_str_radix(digits, 16).unwrap_or(0)) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
    // White has at least 4.5 : 1 up to here.
    luminance > 1.05 / 4.5 - 0.05
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

    #[test]
    fn a_language_that_ships_is_spoken_where_the_questions_have_names_in_it() {
        let spoken = |policy: &ConsentPolicy, wanted: &str| {
            Page::of(Some(policy), &[wanted.to_owned()]).preferences(&|_| false, false)
        };
        let bare = ConsentPolicy::default();
        assert!(spoken(&bare, "ja").contains("<h1>配信とプライバシーの設定</h1>"));
        assert!(spoken(&bare, "ja").contains("メールでのお知らせとご案内"));
        assert!(spoken(&bare, "xx").contains("<html lang=\"en\">"));
        let mut own = policy();
        assert!(spoken(&own, "fr").contains("<html lang=\"en\">"), "half a page is none");
        if let Some(page) = &mut own.page {
            page.asks[0].label.insert("fr".to_owned(), "Mesure".to_owned());
        }
        assert!(spoken(&own, "fr").contains("Vos préférences"));
        let saved = Page::of(Some(&own), &["de".to_owned()]).preferences(&|_| false, true);
        assert!(saved.contains("Ihre Wahl"), "what somebody wrote goes before what ships");
        assert!(saved.contains("Ihre Einstellungen wurden gespeichert."));
    }

    #[test]
    fn the_button_can_be_read_on_any_colour() {
        for (colour, dark) in
            [("#ffffff", true), ("#fde047", true), ("#1d4ed8", false), ("#0f766e", false)]
        {
            assert_eq!(super::is_light(colour), dark, "{colour}");
        }
    }
}
