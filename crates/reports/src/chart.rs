//! What the page's script draws.

use serde_json::json;
use shell::Page;

use crate::Card;

/// A chart: its name for those who do not see it, and its data, safe inside a script element.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    pub label: String,
    pub data: String,
}

/// The curve by day. One card shows what was asked, pledged, planned and done; several show what each did.
pub(crate) fn curve(cards: &[Card], page: &Page) -> Chart {
    let label = page.t("reports-curve");
    let days: Vec<String> = cards.first().map_or_else(Vec::new, |card| {
        card.by_day.iter().map(|day| day.day.to_string()).collect()
    });
    let series: Vec<serde_json::Value> = if let [card] = cards {
        let of = |key: &str, values: Vec<i64>| json!({ "name": page.t(key), "data": values });
        let mut all = vec![of(
            "reports-actual",
            card.by_day.iter().map(|day| day.person_times).collect(),
        )];
        all.push(of(
            "reports-planned",
            card.by_day.iter().map(|day| day.planned).collect(),
        ));
        if card.asked > 0 || card.pledged > 0 {
            all.push(of(
                "reports-asked",
                card.by_day.iter().map(|day| day.asked).collect(),
            ));
            all.push(of(
                "reports-pledged",
                card.by_day.iter().map(|day| day.pledged).collect(),
            ));
        }
        all
    } else {
        cards
            .iter()
            .map(|card| {
                let data: Vec<i64> = card.by_day.iter().map(|day| day.person_times).collect();
                json!({ "name": card.title, "data": data })
            })
            .collect()
    };
    let data = json!({
        "kind": "line",
        "title": label,
        "x": days,
        "series": series,
        "unit": page.t("reports-unit-person-times"),
    });
    Chart {
        data: in_script(&data.to_string()),
        label,
    }
}

/// JSON that neither ends a script element nor begins a comment in it, whatever names it holds.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_do_not_leave_the_script() {
        let text = super::in_script(r#"{"name":"</script><!--&"}"#);
        assert!(!text.contains(['<', '>', '&']));
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["name"], "</script><!--&");
    }
}
