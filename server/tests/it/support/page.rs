//! A page as a browser's parser understands it.

use scraper::{ElementRef, Html, Node, Selector};

/// A parsed document.
pub(crate) struct Page(Html);

/// A form that is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageForm {
    pub(crate) action: String,
    pub(crate) fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// What it holds before anybody types.
    pub(crate) value: String,
    /// What can be chosen, where something is chosen.
    pub(crate) choices: Vec<String>,
    /// The type of the input: `text`, `hidden`, `password`; `submit` of a button.
    pub(crate) kind: String,
    pub(crate) readonly: bool,
}

impl Page {
    pub(crate) fn parse(html: &str) -> Self {
        Self(Html::parse_document(html))
    }

    /// Every element with its depth and the names of its attributes, and every comment, sorted: all but the text, the
    /// attributes' values, and the order of what is listed.
    pub(crate) fn skeleton(&self) -> Vec<String> {
        let nodes = self.0.tree.root().descendants();
        let mut found: Vec<_> = nodes
            .filter_map(|node| {
                let depth = node.ancestors().count();
                match node.value() {
                    Node::Element(element) => {
                        let mut names: Vec<_> = element.attrs().map(|(name, _)| name).collect();
                        names.sort_unstable();
                        Some(format!("{depth} <{} {}>", element.name(), names.join(" ")))
                    }
                    Node::Comment(comment) => Some(format!("{depth} <!--{}-->", &**comment)),
                    _ => None,
                }
            })
            .collect();
        found.sort_unstable();
        found
    }

    pub(crate) fn title(&self) -> String {
        let titles: Vec<_> = self.all("head > title").collect();
        assert!(titles.len() <= 1, "a document has one title");
        titles
            .first()
            .map(|title| title.text().collect())
            .unwrap_or_default()
    }

    /// The addresses that the page leads to or loads from.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let names = ["href", "src", "action", "formaction", "data", "poster"];
        self.all("*")
            .flat_map(|element| names.into_iter().filter_map(move |name| element.attr(name)))
            .map(str::to_owned)
            .collect()
    }

    /// What the named field holds, or what is chosen in it.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let named = self.all(&format!("[name='{name}']")).next()?;
        Some(field(named).value)
    }

    /// The text of all elements that match.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector)
            .map(|element| element.text().collect())
            .collect()
    }

    /// The forms that are posted; one more for each button that posts its form elsewhere.
    pub(crate) fn forms(&self) -> Vec<PageForm> {
        self.all("form[method=post]")
            .flat_map(|form| {
                let fields: Vec<_> = select(&form, "[name]").map(field).collect();
                let own = form.attr("action").unwrap_or_default();
                let others = select(&form, "[formaction]").filter_map(|button| button.attr("formaction"));
                std::iter::once(own)
                    .chain(others)
                    .map(|action| PageForm {
                        action: action.to_owned(),
                        fields: fields.clone(),
                    })
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// The names of the fields that a form puts into the address.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.all("form[method=get] [name]")
            .filter_map(|field| field.attr("name"))
            .map(str::to_owned)
            .collect()
    }

    fn all(&self, selector: &str) -> impl Iterator<Item = ElementRef<'_>> {
        let selector = Selector::parse(selector).unwrap();
        self.0.select(&selector).collect::<Vec<_>>().into_iter()
    }
}

fn select<'a>(inside: &ElementRef<'a>, selector: &str) -> std::vec::IntoIter<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    inside.select(&selector).collect::<Vec<_>>().into_iter()
}

fn field(element: ElementRef<'_>) -> Field {
    let attribute = |name| element.attr(name).unwrap_or_default().to_owned();
    let option = |option: ElementRef<'_>| option.attr("value").unwrap_or_default().to_owned();
    let choices: Vec<_> = select(&element, "option").map(option).collect();
    let chosen = select(&element, "option[selected]").next().map(option);
    Field {
        name: attribute("name"),
        value: chosen
            .or_else(|| choices.first().cloned())
            .unwrap_or_else(|| attribute("value")),
        choices,
        kind: attribute("type"),
        readonly: element.attr("readonly").is_some(),
    }
}
