//! The seller on invoices: a sample with `--dev`, because trying out must not need configuration; otherwise whoever
//! is configured.

use anyhow::{Result, bail};

use super::sold;
use crate::{
    folder::{Folder, Seller},
    settings::Settings,
};

const INVOICES: &str = "invoices";
/// What all configuration keys about the seller begin with.
const ABOUT_SELLER: &str = "seller_";
/// What makes a seller a sample.
const SAMPLE_MARK: &str = "seller_sample";
/// Marked as a sample, so that no invoice looks like a real one; the name is what Germans call a John Doe's firm.
const SAMPLE: [(&str, &str); 7] = [
    (SAMPLE_MARK, "true"),
    ("seller_name", "Muster GmbH"),
    ("seller_street", "Musterstraße 1"),
    ("seller_zip", "12345"),
    ("seller_city", "Musterstadt"),
    ("seller_country", "DE"),
    ("seller_vat_id", "DE123456789"),
];

/// Fills in the sample seller, unless any of a seller's keys is configured.
pub fn fill_in(settings: &mut Settings) {
    if of(settings).is_some() {
        return;
    }
    let invoices = settings.functions.entry(INVOICES.to_owned()).or_default();
    invoices.config.extend(SAMPLE.map(|(key, value)| (key.to_owned(), value.to_owned())));
}

/// Whose invoices are written with this configuration; none if nobody is configured. Whether a seller is complete only the
/// function itself knows.
fn of(settings: &Settings) -> Option<Seller> {
    let config = &settings.functions.get(INVOICES)?.config;
    let is_sample = config.get(SAMPLE_MARK).is_some_and(|mark| mark.trim() == "true");
    let about_seller = |(key, value): (&String, &String)| key.starts_with(ABOUT_SELLER) && !value.trim().is_empty();
    if is_sample { Some(Seller::Sample) } else { config.iter().any(about_seller).then_some(Seller::Real) }
}

/// Keeps a sample's invoices and real ones apart: both in one folder would share a series of numbers, and a real series
/// with a sample in it is no dense one any more.
///
/// # Errors
/// The folder holds the other kind, or the note of its kind cannot be read or written.
pub async fn keep_apart(settings: &Settings, folder: &Folder) -> Result<()> {
    let path = settings.data.display();
    match (folder.seller()?, of(settings)) {
        // Tried out, and nothing came of it: no number of the series was given away.
        (Some(noted), seller) if differ(noted, seller) && !sold::anything(settings, folder).await => match seller {
            Some(seller) => folder.note_seller(seller),
            None => folder.forget_seller(),
        },
        (Some(Seller::Sample), seller) if seller != Some(Seller::Sample) => bail!(
            "the data folder {path} was used with --dev and holds invoices of the sample seller; name another folder \
             with --data FOLDER, or go on trying out with --dev and without a seller in the configuration"
        ),
        (Some(Seller::Real), Some(Seller::Sample)) => bail!(
            "the data folder {path} holds real invoices, and those of the sample seller must not come between; name \
             another folder for --dev with --data FOLDER"
        ),
        (None, Some(seller)) => folder.note_seller(seller),
        _ => Ok(()),
    }
}

/// Whether both kinds would come into one series. Who is configured to write no invoices at all writes no real ones.
fn differ(noted: Seller, now: Option<Seller>) -> bool {
    match noted {
        Seller::Sample => now != Some(Seller::Sample),
        Seller::Real => now == Some(Seller::Sample),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(keys: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        let invoices = settings.functions.entry(INVOICES.to_owned()).or_default();
        invoices.config.extend(keys.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())));
        settings
    }

    #[test]
    fn a_configured_seller_is_left_alone() {
        let mut settings = Settings::default();
        fill_in(&mut settings);
        assert_eq!(settings.functions[INVOICES].config[SAMPLE_MARK], "true");

        let mut settings = configured(&[("seller_name", "Real GmbH")]);
        let before = settings.clone();
        fill_in(&mut settings);
        assert_eq!(settings, before);
    }

    #[tokio::test]
    async fn a_folder_without_a_sale_takes_either_kind() {
        let nobody = Settings::default();
        let real = configured(&[("seller_name", "Real GmbH")]);
        let sample = configured(&SAMPLE);
        for first in [&nobody, &real, &sample] {
            for second in [&nobody, &real, &sample] {
                let place = tempfile::tempdir().unwrap();
                let folder = Folder::take_alone(place.path()).unwrap();
                keep_apart(first, &folder).await.unwrap();
                keep_apart(second, &folder).await.unwrap();
                let differs = of(first).is_some_and(|noted| differ(noted, of(second)));
                let expected = if differs { of(second) } else { of(first).or(of(second)) };
                assert_eq!(folder.seller().unwrap(), expected, "{:?} then {:?}", of(first), of(second));
            }
        }
    }

    #[test]
    fn a_folder_with_a_sale_holds_one_kind_of_invoices() {
        for (noted, now, together) in [
            (Seller::Sample, Some(Seller::Sample), true),
            (Seller::Sample, None, false),
            (Seller::Sample, Some(Seller::Real), false),
            (Seller::Real, Some(Seller::Real), true),
            (Seller::Real, None, true),
            (Seller::Real, Some(Seller::Sample), false),
        ] {
            assert_eq!(!differ(noted, now), together, "{noted:?} then {now:?}");
        }
    }

    #[tokio::test]
    async fn what_was_sold_keeps_the_other_kind_out() {
        use kontor_data::{Batch, Limits, Statement};

        let place = tempfile::tempdir().unwrap();
        let folder = Folder::take_alone(place.path()).unwrap();
        let sample = configured(&SAMPLE);
        keep_apart(&sample, &folder).await.unwrap();
        {
            let engine = crate::engine::sql(&sample, &folder).unwrap();
            let needs = sales::function().manifest().sql;
            let database = engine.open("sales", needs, Limits::default()).await.unwrap();
            let statement = Statement {
                text: "UPDATE totals SET sales = 1 WHERE id = 1".into(),
                parameters: Vec::new(),
                results: Vec::new(),
                expect_rows: Some(1),
            };
            let batch = Batch { statements: vec![statement], ..Batch::default() };
            database.execute(batch).await.unwrap();
            database.close().await;
        }
        let error = keep_apart(&configured(&[("seller_name", "Real GmbH")]), &folder).await.unwrap_err();
        assert!(error.to_string().contains("sample seller"), "{error}");
        assert_eq!(folder.seller().unwrap(), Some(Seller::Sample), "a refusal changes nothing");
    }
}
