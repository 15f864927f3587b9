//! Parts of the program that the browser fetches when they are first needed, so that a page begins to answer before
//! all of it has come.
//!
//! A release is cut along these (`make build`); the server and development builds have every part built in. Nothing
//! outside a part may name what is in it: it is reached through the function that [`part!`] hands out alone, and
//! whatever else of its module is called from elsewhere travels with the first load.

use std::sync::OnceLock;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    features::files::{self, model::address::Address},
    ui::toast::{Toasts, use_toasts},
};

/// The network failed, or the server has moved on to another build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This could not be loaded. Check your connection, or reload the page.")]
pub struct Missing;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for Missing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

#[cfg(feature = "split")]
type Fetch<V> = std::pin::Pin<Box<dyn Future<Output = Result<V, Missing>>>>;

/// One part, seen from outside: `V` is how it is entered, a function or a few. Declared with [`part!`].
pub struct Part<V: 'static> {
    /// As the browser's files are named after it.
    #[cfg_attr(
        not(feature = "ssr"),
        expect(dead_code, reason = "only the server names files")
    )]
    name: &'static str,
    #[cfg(feature = "split")]
    fetch: fn() -> Fetch<V>,
    #[cfg(not(feature = "split"))]
    enter: fn() -> Result<V, Missing>,
    here: OnceLock<V>,
}

impl<V: Copy + Send + Sync> Part<V> {
    #[cfg(feature = "split")]
    #[must_use]
    pub const fn new(name: &'static str, fetch: fn() -> Fetch<V>) -> Self {
        let here = OnceLock::new();
        Self { name, fetch, here }
    }

    #[cfg(not(feature = "split"))]
    #[must_use]
    pub const fn new(name: &'static str, enter: fn() -> Result<V, Missing>) -> Self {
        let here = OnceLock::new();
        Self { name, enter, here }
    }

    /// The part, if nothing needs to be fetched for it any more.
    #[must_use]
    pub fn now(&self) -> Option<V> {
        #[cfg(not(feature = "split"))]
        if let Ok(entered) = (self.enter)() {
            let _ = self.here.set(entered);
        }
        self.here.get().copied()
    }

    /// Fetches the part unless it is there. A failure is not remembered: the next call tries again.
    ///
    /// # Errors
    /// [`Missing`]
    #[cfg_attr(
        not(feature = "split"),
        expect(clippy::unused_async, reason = "there is nothing to fetch")
    )]
    pub async fn ready(&self) -> Result<V, Missing> {
        #[cfg(feature = "split")]
        if self.here.get().is_none() {
            let fetched = (self.fetch)().await?;
            let _ = self.here.set(fetched);
        }
        self.now().ok_or(Missing)
    }

    /// Shows what the part draws, as soon as it is there; says so if it cannot be had. What the server draws must be
    /// there before the page is hydrated: see [`arrive`].
    pub fn view(&'static self, draw: impl Fn(V) -> AnyView + Send + 'static) -> AnyView {
        #[cfg(feature = "ssr")]
        leptos::prefetch_lazy_fn_on_server(self.name);
        if let Some(part) = self.now() {
            return draw(part);
        }
        let here = RwSignal::new(None);
        self.run(use_toasts(), move |part| {
            // Refused once the place where it was wanted is gone.
            let _ = here.try_set(Some(part));
        });
        (move || here.get().map(&draw)).into_any()
    }

    /// Runs `act` with the part, as soon as it is there; says so if it cannot be had.
    pub fn run(&'static self, toasts: Toasts, act: impl FnOnce(V) + 'static) {
        spawn_local(async move {
            match self.ready().await {
                Ok(part) => act(part),
                Err(missing) => toasts.error(missing.to_string()),
            }
        });
    }
}

/// `part! { /// doc  pub static NAME: Type = "file" file => value; }`: a [`Part`] whose code, everything that only
/// `value` reaches, comes in a file of its own. Parts of one file name come together.
macro_rules! part {
    ($(#[$meta:meta])* $vis:vis static $NAME:ident: $V:ty = $file:ident => $value:expr;) => {
        $(#[$meta])*
        $vis static $NAME: $crate::deferred::Part<$V> = {
            #[cfg_attr(feature = "split", leptos::wasm_split::wasm_split($file, wasm_split_path = leptos::wasm_split, fallible))]
            fn enter() -> Result<$V, $crate::deferred::Missing> {
                Ok($value)
            }
            #[cfg(feature = "split")]
            let part = $crate::deferred::Part::new(stringify!($file), || Box::pin(enter()));
            #[cfg(not(feature = "split"))]
            let part = $crate::deferred::Part::new(stringify!($file), enter);
            part
        };
    };
}
pub(crate) use part;

/// Fetches what the server has drawn of the address that the page was opened at, so that it can be hydrated.
///
/// # Errors
/// [`Missing`]
pub async fn arrive(pathname: &str, search: &str) -> Result<(), Missing> {
    let Some(address) = Address::parse(pathname, search) else {
        return Ok(());
    };
    if address.details.is_some() {
        files::part::DETAILS.ready().await?;
    }
    if address.search.is_some() {
        files::part::RESULTS.ready().await?;
    }
    Ok(())
}
