//! Sentences, in Fluent. Chinese first, English complete; a test fails on a key that one of them lacks.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use kit::Lang;

/// One room's locale files.
#[derive(Debug, Clone, Copy)]
pub struct Locales {
    /// `zh-CN.ftl`
    pub zh: &'static str,
    /// `en.ftl`
    pub en: &'static str,
}

/// All sentences of the product.
#[derive(Clone)]
pub struct Texts(Arc<HashMap<Lang, FluentBundle<FluentResource>>>);

impl Texts {
    /// Joins the rooms' files. A sentence that cannot be parsed is left out and logged; the tests
    /// of the server find it.
    pub fn new(rooms: &[Locales]) -> Self {
        let bundles = Lang::ALL
            .into_iter()
            .map(|lang| {
                let id: unic_langid::LanguageIdentifier = lang.tag().parse().unwrap_or_default();
                let mut bundle = FluentBundle::new_concurrent(vec![id]);
                bundle.set_use_isolating(false);
                for room in rooms {
                    let source = match lang {
                        Lang::ZhCn => room.zh,
                        Lang::En => room.en,
                    };
                    let resource =
                        FluentResource::try_new(source.to_owned()).unwrap_or_else(|(partial, errors)| {
                            tracing::error!(?errors, lang = lang.tag(), "locale file has errors");
                            partial
                        });
                    if let Err(errors) = bundle.add_resource(resource) {
                        tracing::error!(?errors, lang = lang.tag(), "locale keys are defined twice");
                    }
                }
                (lang, bundle)
            })
            .collect();
        Self(Arc::new(bundles))
    }

    /// Whether a sentence exists.
    pub fn has(&self, lang: Lang, key: &str) -> bool {
        self.0.get(&lang).is_some_and(|bundle| bundle.has_message(key))
    }

    /// A sentence without arguments.
    pub fn get(&self, lang: Lang, key: &str) -> String {
        self.with(lang, key, &[])
    }

    /// A sentence with arguments; whole numbers take part in plural rules.
    pub fn with(&self, lang: Lang, key: &str, args: &[(&str, String)]) -> String {
        let Some(bundle) = self.0.get(&lang) else {
            return missing(key);
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return missing(key);
        };
        let mut values = FluentArgs::new();
        for (name, value) in args {
            values.set(*name, argument(value));
        }
        let mut errors = Vec::new();
        let text: Cow<'_, str> = bundle.format_pattern(pattern, Some(&values), &mut errors);
        text.into_owned()
    }
}

fn missing(key: &str) -> String {
    tracing::warn!(key, "no sentence for key");
    format!("⟨{key}⟩")
}

fn argument(value: &str) -> FluentValue<'_> {
    // Identity-like texts with leading zeros stay texts.
    if value.len() < 10 && !value.starts_with('0') && value.bytes().all(|b| b.is_ascii_digit()) {
        FluentValue::try_number(value)
    } else {
        FluentValue::from(value)
    }
}
