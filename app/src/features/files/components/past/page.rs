//! The page that both views of the past are: a heading, commands, and rows that can be picked.

use leptos::{either::Either, prelude::*};

use super::list::{Count, PastList, Reading, RowActions, Rows};
use crate::ui::{Icon, Sentence, icon::Name};

/// What is shown instead of rows where there are none.
#[derive(Clone, Copy)]
pub struct Nothing {
    pub icon: Name,
    pub title: &'static str,
    pub hint: &'static str,
}

#[component]
pub fn PastPage(
    list: PastList,
    heading: String,
    /// One row, and many.
    nouns: (&'static str, &'static str),
    /// Leads to the folder as it is now.
    back: String,
    back_label: &'static str,
    /// What can be done while no row is picked.
    #[prop(into)]
    for_all: ViewFn,
    /// What can be done with the rows that are picked.
    #[prop(into)]
    for_picked: ViewFn,
    nothing: Nothing,
    /// Reads on.
    #[prop(into)]
    more: Callback<()>,
    /// What the date of a row says: `Deleted`.
    dated: &'static str,
    /// What can be done with one row.
    #[prop(into)]
    actions: RowActions,
    /// Beside the heading.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let is_picking = Memo::new(move |_| list.picked.with(|picked| !picked.is_empty()));
    let is_empty = Memo::new(move |_| list.is_empty() && list.reading.get() == Reading::Complete);
    let (one, many) = nouns;
    view! {
        <section class="results" aria-labelledby="past-heading">
            <header class="toolbar past-head">
                <div class="results-head">
                    <h2 id="past-heading">
                        <Sentence text=heading />
                    </h2>
                    <p class="toolbar-count" role="status">
                        <Count list one many />
                    </p>
                </div>
                {children.map(|children| children())}
                <div class="past-commands needs-script">
                    <Show when=move || is_picking.get() fallback=for_all>
                        {for_picked.run()}
                    </Show>
                    <a class="button" href=back>
                        <Icon name=Name::Close />
                        <span>{back_label}</span>
                    </a>
                </div>
            </header>
            {move || {
                if is_empty.get() {
                    Either::Left(
                        view! {
                            <div class="state">
                                <div class="state-icon">
                                    <Icon name=nothing.icon />
                                </div>
                                <h2>{nothing.title}</h2>
                                <p>{nothing.hint}</p>
                            </div>
                        },
                    )
                } else {
                    Either::Right(view! { <Rows list more dated actions=actions.clone() /> })
                }
            }}
        </section>
    }
}
