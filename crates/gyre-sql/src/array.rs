//! Arrays as PostgreSQL writes them in text: `{a,"b c",NULL}`. Drivers send lists so.

/// The elements of an array of one dimension; `None` in it is `NULL`. Nothing if it cannot be read.
pub(crate) fn elements(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut elements = Vec::new();
    if inner.trim().is_empty() {
        return Some(elements);
    }
    let mut letters = inner.chars().peekable();
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        let mut element = String::new();
        if letters.next_if_eq(&'"').is_some() {
            loop {
                match letters.next()? {
                    '\\' => element.push(letters.next()?),
                    '"' => break,
                    letter => element.push(letter),
                }
            }
            elements.push(Some(element));
            while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        } else {
            while let Some(letter) = letters.next_if(|letter| *letter != ',') {
                match letter {
                    '\\' => element.push(letters.next()?),
                    '"' | '{' | '}' => return None,
                    letter => element.push(letter),
                }
            }
            elements.push(plain(&element)?);
        }
        match letters.next() {
            Some(',') => {}
            None => return Some(elements),
            Some(_) => return None,
        }
    }
}

/// An element without quotes.
fn plain(text: &str) -> Option<Option<String>> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some((!text.eq_ignore_ascii_case("null")).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::elements;

    #[test]
    fn elements_are_read_with_and_without_quotes() {
        let text = |all: &[&str]| Some(all.iter().map(|one| Some((*one).to_owned())).collect());
        assert_eq!(elements("{}"), Some(Vec::new()));
        assert_eq!(elements("{a}"), text(&["a"]));
        assert_eq!(elements("{a,b}"), text(&["a", "b"]));
        assert_eq!(elements("{ a , \"b\" }"), text(&["a", "b"]));
        assert_eq!(
            elements("{\"Order Completed\",nothing}"),
            text(&["Order Completed", "nothing"])
        );
        assert_eq!(elements("{a,\"b,{}\",c}"), text(&["a", "b,{}", "c"]));
        assert_eq!(
            elements(r#"{"say \"it\"","back\\slash"}"#),
            text(&["say \"it\"", "back\\slash"])
        );
        assert_eq!(
            elements("{1,NULL,\"NULL\"}"),
            Some(vec![Some("1".into()), None, Some("NULL".into())])
        );
        for wrong in ["", "a", "{a", "{a,}", "{\"a}", "{{1},{2}}", "{\"a\"b}", "{a\"b\"}"] {
            assert_eq!(elements(wrong), None, "{wrong}");
        }
    }
}
