//! The configuration that a host hands in: judged before it serves.

use app_connect::config::{ConfigError, LimitConfig, ServerConfig};
use app_connect::settings::ACCESS_TOKEN_LIFETIME;
use serde_json::json;

use crate::support::world::{config, with};

#[test]
fn what_is_not_said_has_its_documented_default() {
    let parsed = ServerConfig::parse(config()).unwrap();
    assert_eq!(parsed.access_token_lifetime, 3600);
    let LimitConfig { per_client, per_address, window } = parsed.limits;
    assert_eq!((per_client, per_address, window), (10, 50, 600));
    assert!(parsed.takeover.is_empty() && !parsed.insecure_http);
    assert!(parsed.method("client_credentials").unwrap().enabled);
    assert!(parsed.method("password").is_none());
}

#[test]
fn a_lifetime_outside_its_range_is_refused() {
    for (lifetime, good) in [(59, false), (60, true), (86_400, true), (86_401, false), (0, false), (-1, false)] {
        let parsed = ServerConfig::parse(with(config(), json!({"access_token_lifetime": lifetime})));
        assert_eq!(parsed.is_ok(), good, "{lifetime}");
        if let Err(error) = parsed {
            assert_eq!(error, ConfigError::Range { range: &ACCESS_TOKEN_LIFETIME, given: lifetime });
        }
    }
}

#[test]
fn a_limit_outside_its_range_is_refused() {
    for (limits, good) in [
        (json!({}), true),
        (json!({"per_client": 1, "per_address": 1, "window": 60}), true),
        (json!({"window": 86_400}), true),
        (json!({"per_client": "5"}), true),
        (json!({"per_client": 0}), false),
        (json!({"per_address": 0}), false),
        (json!({"per_client": -1}), false),
        (json!({"window": 59}), false),
        (json!({"window": 86_401}), false),
        (json!({"window": 0}), false),
        (json!({"windows": 60}), false),
    ] {
        assert_eq!(ServerConfig::parse(with(config(), json!({"limits": limits}))).is_ok(), good, "{limits}");
    }
}

#[test]
fn a_member_that_is_unknown_missing_or_of_another_type_is_refused() {
    for change in [
        json!({"acess_token_lifetime": 60}),
        json!({"access_token_lifetime": "060"}),
        json!({"access_token_lifetime": 60.5}),
        json!({"access_token_lifetime": null}),
        json!({"insecure_http": 1}),
        json!({"insecure_http": "no"}),
        json!({"methods": ["client_credentials"]}),
        json!({"methods": {"client_credentials": {"enabled": true}}}),
        json!({"methods": {"client_credentials": {"enabled": 1, "epoch": 0}}}),
        json!({"methods": {"client_credentials": true}}),
        json!({"takeover": "manage_shop"}),
        json!({"site": "https://example.test"}),
        json!({"site": {"home": "https://example.test", "rest_prefix": "wp-json"}}),
        json!({"site": {"home": "https://example.test", "rest_prefix": "wp-json", "permalinks": "", "more": 1}}),
    ] {
        let parsed = ServerConfig::parse(with(config(), change.clone()));
        assert!(matches!(parsed, Err(ConfigError::Malformed(_))), "{change}");
    }
    let mut config = config();
    config.as_object_mut().unwrap().remove("site");
    assert!(ServerConfig::parse(config).is_err());
    assert!(ServerConfig::parse(json!(null)).is_err());
}

#[test]
fn without_methods_every_grant_type_is_off() {
    for methods in [json!([]), json!({})] {
        let parsed = ServerConfig::parse(with(config(), json!({"methods": methods}))).unwrap();
        assert!(parsed.methods.is_empty());
    }
    let mut silent = config();
    silent.as_object_mut().unwrap().remove("methods");
    assert!(ServerConfig::parse(silent).unwrap().methods.is_empty());
}
