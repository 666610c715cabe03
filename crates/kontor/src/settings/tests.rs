//! What wins over what, and that the example file is complete.

use super::*;

fn load(file: Option<&str>, environment: &[(&str, &str)], flags: &str) -> Result<(Settings, Vec<String>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kontor.toml");
    std::fs::write(&path, file.unwrap_or_default()).unwrap();
    Settings::load(&Sources {
        file: Some(path),
        environment: environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        flags: toml::from_str(flags).unwrap(),
    })
}

#[test]
fn the_flag_wins_over_the_variable_and_the_variable_over_the_file() {
    const FILE: Option<&str> = Some("domain = 'file'\n[limits]\nrows_max = 1\n");
    const VARIABLE: &[(&str, &str)] = &[("KONTOR_DOMAIN", "variable"), ("KONTOR_LIMITS_ROWS_MAX", "2")];
    const FLAG: &str = "domain = 'flag'\n[limits]\nrows_max = 3";
    for (file, environment, flags, domain, rows_max) in [
        (None, &[][..], "", "localhost", 10_000),
        (FILE, &[][..], "", "file", 1),
        (None, VARIABLE, "", "variable", 2),
        (None, &[][..], FLAG, "flag", 3),
        (FILE, VARIABLE, "", "variable", 2),
        (FILE, &[][..], FLAG, "flag", 3),
        (None, VARIABLE, FLAG, "flag", 3),
        (FILE, VARIABLE, FLAG, "flag", 3),
    ] {
        let (settings, _) = load(file, environment, flags).unwrap();
        assert_eq!((settings.domain.as_str(), settings.limits.rows_max), (domain, rows_max));
    }
}

#[test]
fn variables_reach_every_kind_of_key() {
    let (settings, warnings) = load(
        Some("[functions.sales.config]\ncurrency = 'CHF'\ntax_rate = 8.1\n"),
        &[
            ("KONTOR_LISTEN_HTTP", "127.0.0.1:9000"),
            ("KONTOR_TRUSTED_PROXIES", "10.0.0.1, 192.168.0.0/16"),
            ("KONTOR_LOG_FORMAT", "json"),
            ("KONTOR_DOMAIN", "shop.example"),
            ("KONTOR_PUBLIC_URL", "https://shop.example/"),
            ("KONTOR_DRAIN_DEADLINE", "2 s"),
            ("KONTOR_FUNCTIONS_SALES_CONFIG_CURRENCY", "EUR"),
            ("KONTOR_FUNCTIONS_MY_SHOP_LIMITS_REQUEST_MAX", "2 MiB"),
            ("KONTOR_SERVICE_HOST", "10.1.2.3"),
            ("KONTOR_LISTEN_HTPP", "1"),
            ("PATH", "/bin"),
        ],
        "",
    )
    .unwrap();
    assert_eq!(settings.listen.http.port(), 9000);
    assert_eq!(settings.trusted_proxies, ["10.0.0.1", "192.168.0.0/16"]);
    assert_eq!(settings.log_format, LogFormat::Json);
    assert_eq!(settings.address().unwrap().function("invoices"), "https://invoices.shop.example");
    assert_eq!(settings.drain_deadline.0.as_secs(), 2);
    assert_eq!(settings.functions["sales"].config["currency"], "EUR");
    assert_eq!(settings.functions["sales"].config["tax_rate"], "8.1");
    assert_eq!(settings.functions["my-shop"].limits.request_max.unwrap().0, 2 << 20);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[1].contains("did you mean KONTOR_LISTEN_HTTP?"), "{warnings:?}");
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    for (environment, flags, words) in [
        (Some(("KONTOR_LIMITS_ROWS_MAX", "many")), "", "KONTOR_LIMITS_ROWS_MAX"),
        (Some(("KONTOR_LIMITS_MEMORY_MAX", "big")), "", "\"big\" is no size"),
        (Some(("KONTOR_FUNCTIONS_SALES_LIMITS_ROWSMAX", "1")), "", "did you mean `rows_max`?"),
        (None, "[listen]\nadmin = '0.0.0.0:8080'", "loopback addresses only"),
        (None, "domain = 'Local Host'", "host name in lower case"),
        (None, "domain = 'localhost:8000'", "without a port"),
        (None, "public_url = 'shop.example'", "begin with http:// or https://"),
        (None, "public_url = 'https://localhost/shop'", "scheme, host and port only"),
        (None, "public_url = 'https://shop.example'", "set domain to the host name"),
        (None, "trusted_proxies = ['10.0.0.0/99']", "no address range"),
        (None, "[[mounts]]\npath = 'api'\nfunction = 'sales'", "begin with a slash"),
    ] {
        let error = load(None, environment.as_slice(), flags).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains(words) && !text.contains('\n'), "{text}");
    }
}

#[test]
fn a_limit_at_which_everything_would_fail_is_refused_by_its_key() {
    for (text, words) in [
        ("[limits]\nin_flight_max = 0", "limits.in_flight_max is 0: set it to something from 1 to 640"),
        ("[limits]\nin_flight_max = 100000", "limits.in_flight_max"),
        ("[limits]\ndeadline = '0s'", "limits.deadline is 0s: set it to something from 1ms to 24h"),
        ("[limits]\ndeadline = '9999999h'", "limits.deadline is 9999999h"),
        ("[limits]\ncpu_max = '0s'", "limits.cpu_max"),
        ("[limits]\nmemory_max = '1 KiB'", "limits.memory_max is 1 KiB: set it to something from 2 MiB to 1 GiB"),
        ("[limits]\nmemory_max = '10 TiB'", "limits.memory_max is 10 TiB"),
        ("[limits]\nrequest_max = 0", "limits.request_max is 0 B"),
        ("[limits]\nresponse_max = '1 B'", "limits.response_max"),
        ("[limits]\nreuse_max = 0", "limits.reuse_max is 0: set it to 1 or more"),
        ("[limits]\nstatement_time_max = '0s'", "limits.statement_time_max"),
        ("[limits]\nbatch_statements_max = 1", "limits.batch_statements_max"),
        ("[limits]\nwrite_queue_max = 0", "limits.write_queue_max"),
        ("[limits]\nwrite_queue_size_max = '1 MiB'", "less than limits.batch_max with 4 MiB"),
        ("[limits]\ngroup_max = 0", "limits.group_max"),
        ("[limits]\ndatabase_max = 0", "limits.database_max is 0 B: set it to 1 MiB or more"),
        ("[limits]\noutbox_rows_max = 0", "limits.outbox_rows_max"),
        ("[limits]\noutbox_max = '2 KiB'", "less than limits.event_max"),
        ("[connections]\nmax = 0", "connections.max is 0"),
        ("[connections]\nheaders_max = 0", "connections.headers_max"),
        ("[connections]\nidle_timeout = '0s'", "connections.idle_timeout"),
        ("drain_deadline = '48h'", "drain_deadline is 48h"),
        ("[functions.sales.limits]\nin_flight_max = 0", "functions.sales.limits.in_flight_max is 0"),
        ("[functions.sales.limits]\nbatch_max = '1 GiB'", "functions.sales.limits.write_queue_size_max is 64 MiB"),
    ] {
        let error = format!("{:#}", load(Some(text), &[], "").unwrap_err());
        assert!(error.contains(words) && !error.contains('\n'), "{text}: {error}");
    }
    for text in ["[limits]\nqueue_max = 0", "drain_deadline = '0s'", "[functions.sales.limits]\ndeadline = '1ms'"] {
        assert!(load(Some(text), &[], "").is_ok(), "{text} makes sense");
    }
}

#[test]
fn a_budget_says_for_whom_how_much_and_how_long() {
    for (text, words) in [
        ("function = 'sales'\nper = 'day'", "allows neither `requests` nor `money`"),
        ("function = 'sales'\nper = 'week'\nrequests = 1", "week"),
        ("per = 'day'\nrequests = 1", "function"),
        ("function = 'sales'\nper = 'day'\nrequests = 0", "requests is 0"),
        ("function = 'sales'\nper = 'day'\nmoney = '0.00'", "money is 0"),
        ("function = 'sales'\nper = 'day'\nmoney = '-1'", "no amount"),
        (
            "function = 'sales'\nper = 'day'\nrequests = 1\n[[budgets]]\nfunction = 'sales'\nper = 'day'\nmoney = '1'",
            "sales has two budgets per day",
        ),
    ] {
        let error = format!("{:#}", load(Some(&format!("[[budgets]]\n{text}\n")), &[], "").unwrap_err());
        assert!(error.contains(words) && !error.contains('\n'), "{text}: {error}");
    }
    let text = "[tariff]\ncurrency = 'CHF'\ngb_out = 0.5\n[[budgets]]\nfunction = 'sales'\ncaller = 'shop'\nper = 'hour'\nmoney = 2";
    let metering = load(Some(text), &[], "").unwrap().0.metering();
    assert_eq!((metering.tariff.currency.as_str(), metering.tariff.gb_out_pico), ("CHF", 500_000_000_000));
    assert_eq!(metering.budgets[0].money_pico, Some(2 * kontor_host::PICO));
    assert_eq!(Settings::default().metering().tariff, kontor_host::Tariff::default());
}

#[test]
fn a_mount_that_looks_like_a_slip_is_refused() {
    let mut settings = Settings::default();
    assert!(settings.check_mounts(&["invoices", "sales"]).is_ok());
    assert!(settings.check_mounts(&[]).is_ok(), "a program without functions is for building and checking");
    settings.mounts = vec![Mount { path: "/x".to_owned(), function: "sale".to_owned() }];
    let text = settings.check_mounts(&["invoices", "sales"]).unwrap_err().to_string();
    assert!(text.contains("/x") && text.contains("did you mean sales?"), "{text}");
    settings.mounts = vec![Mount { path: "/x".to_owned(), function: "mail".to_owned() }];
    assert!(settings.check_mounts(&["invoices", "sales"]).is_ok(), "it can be put there at any time");
}

#[test]
fn grants_have_names() {
    let load = |grant: &str| load(Some(&format!("[functions.hello]\ngrants = ['{grant}']\n")), &[], "");
    assert!(load("events:sales").is_ok());
    let text = format!("{:#}", load("everything").unwrap_err());
    assert!(text.contains("functions.hello.grants") && text.contains("\"everything\""), "{text}");
}

#[test]
fn secrets_are_not_shown() {
    let (settings, _) = load(Some("[functions.mail.config]\nsmtp_password = 'x7'\nsender = 'a@b'\n"), &[], "").unwrap();
    let shown = toml::to_string(&settings.without_secrets()).unwrap();
    assert!(!shown.contains("x7") && shown.contains("a@b"), "{shown}");
}

const EXAMPLE: &str = include_str!("../../kontor.example.toml");

/// The example with every key in force: lines like `# key = value` and `# [table]` lose their mark, prose keeps it.
fn uncommented() -> String {
    let key = |line: &str| {
        let name = line.split('=').next().unwrap_or_default().trim();
        line.contains('=') && !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let bare = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if key(rest) || rest.starts_with('[') => rest.to_owned(),
        _ => line.to_owned(),
    };
    EXAMPLE.lines().map(|line| bare(line) + "\n").collect()
}

#[test]
fn the_example_as_it_is_changes_nothing() {
    assert!(toml::from_str::<Table>(EXAMPLE).unwrap().is_empty());
    assert_eq!(load(Some(EXAMPLE), &[], "").unwrap().0, Settings::default());
}

#[test]
fn the_example_names_every_key_with_its_default() {
    let (settings, _) = load(Some(&uncommented()), &[], "").unwrap();
    let Settings { public_url, functions, trusted_proxies, budgets, .. } = &settings;
    assert!(
        budgets.len() == 2 && public_url.is_some() && !trusted_proxies.is_empty() && functions.contains_key("sales")
    );
    let defaults = Settings {
        public_url: None,
        functions: BTreeMap::new(),
        trusted_proxies: Vec::new(),
        budgets: Vec::new(),
        seals: Seals::default(),
        ..settings.clone()
    };
    assert!(settings.seals.export.is_some());
    assert_eq!(settings.seals.key_file(&settings.data), defaults.seals.key_file(&defaults.data));
    assert_eq!(defaults, Settings::default());

    let paths = |value: &serde_json::Value| {
        let mut found = Vec::new();
        environment::leaves(value, &mut Vec::new(), &mut found);
        found.into_iter().map(|path| path.join(".")).collect::<Vec<_>>()
    };
    let table: Table = toml::from_str(&uncommented()).unwrap();
    let named = paths(&serde_json::to_value(table).unwrap());
    for path in paths(&serde_json::to_value(Settings::default()).unwrap()) {
        assert!(path == "functions" || named.contains(&path), "kontor.example.toml lacks {path}");
    }
}

#[test]
fn the_example_names_every_key_of_the_bundled_functions() {
    let table: Table = toml::from_str(&uncommented()).unwrap();
    for manifest in [sales::function().manifest(), invoices::function().manifest()] {
        let named = table["functions"][&manifest.name]["config"].as_table().unwrap();
        for key in &manifest.configuration {
            let Some(shown) = named.get(&key.key) else {
                panic!("kontor.example.toml lacks functions.{}.config.{}", manifest.name, key.key)
            };
            let default = key.default.as_deref().or(shown.as_str());
            assert_eq!(shown.as_str(), default, "functions.{}.config.{}", manifest.name, key.key);
        }
        let known: Vec<&str> = manifest.configuration.iter().map(|key| key.key.as_str()).collect();
        let gone: Vec<&String> = named.keys().filter(|key| !known.contains(&key.as_str())).collect();
        assert!(gone.is_empty(), "{} does not know {gone:?}", manifest.name);
    }
}
