use leptos::prelude::*;

use super::settings::Settings;
use crate::{
    features::auth::types_sessions::{SessionKind, SessionPage, SignedInSession},
    format::visible,
    routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Confirm, Pager, Section, Typed, When},
    },
    ui::{Icon, icon::Name},
};

/// `/settings/devices`: posted with `id` it ends one sign-in, with `others` all but this one. Nothing is typed there;
/// `form` says why one was refused.
#[must_use]
pub fn devices(page: SessionPage, form: &FormState, done: Option<String>) -> ServerRenderedPage {
    let error = form.form_error(&[]);
    ServerRenderedPage::new("Devices", move || view! { <Page page error done /> })
}

#[component]
fn Page(page: SessionPage, error: Option<String>, done: Option<String>) -> impl IntoView {
    let others = page.sessions.iter().any(|session| !session.current) || page.has_more;
    view! {
        <Settings current=routes::DEVICES done error>
            <Section
                heading="Where you are signed in"
                about="A device that you do not know should not be here: sign it out, then change your password.".to_owned()
            >
                <ul class="things">
                    {page.sessions.into_iter().map(|session| view! { <Device session /> }).collect_view()}
                </ul>
                <Pager path=routes::DEVICES token=page.continuation_token label="Older sign-ins" />
                {others
                    .then(|| {
                        view! {
                            <div>
                                <Confirm
                                    id="sign-out-others"
                                    label="Sign out everywhere else"
                                    question="Sign out everywhere else?"
                                    consequence="All other browsers and scripts must sign in again, and uploads under way there stop. This browser stays signed in; API keys go on working."
                                    action=routes::DEVICES
                                    fields=vec![("others", "yes".to_owned())]
                                />
                            </div>
                        }
                    })}
            </Section>
        </Settings>
    }
}

#[component]
fn Device(session: SignedInSession) -> impl IntoView {
    let icon = match session.kind {
        SessionKind::Browser => Name::Monitor,
        SessionKind::Token => Name::Terminal,
    };
    view! {
        <li class="thing">
            <Icon name=icon />
            <div class="thing-text">
                <p class="thing-name">
                    <span title=visible(&session.user_agent).into_owned()>
                        <Typed text=session.device.clone() />
                    </span>
                    {session.current.then(|| view! { <span class="badge badge-accent">"This browser"</span> })}
                </p>
                <p class="thing-facts">
                    {session.address.map(|address| view! { <span>{address}</span> })}
                    <span>"Last seen " <When moment=session.last_seen_at /></span>
                    <span>"Signed in " <When moment=session.created_at /></span>
                </p>
            </div>
            {(!session.current)
                .then(|| {
                    view! {
                        <Confirm
                            id=format!("sign-out-{}", session.id)
                            label="Sign out"
                            described=format!("Sign out {}", session.device)
                            question=format!("Sign out {}?", session.device)
                            consequence="It must sign in again, and uploads under way there stop."
                            action=routes::DEVICES
                            fields=vec![("id", session.id.to_string())]
                        />
                    }
                })}
        </li>
    }
}
