//! The past of a folder: its deleted files, or its content at a moment. Both can be restored.

use leptos::{either::Either, prelude::*};

pub mod as_it_was;
pub mod deleted;
pub mod for_good;
pub mod list;
pub mod page;

use as_it_was::AsItWas;
use deleted::Deleted;

use super::clock::provide_clock;
use crate::features::files::model::address::{Address, Past};

#[component]
pub fn PastView(address: Address, past: Past, root: String) -> impl IntoView {
    provide_clock();
    match past {
        Past::Deleted => Either::Left(view! { <Deleted address root /> }),
        Past::AsOf(moment) => Either::Right(view! { <AsItWas address root moment /> }),
    }
    .into_any()
}
