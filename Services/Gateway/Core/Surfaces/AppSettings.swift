import JSON
import Settings
import Wire

/// What the pictever apps learn at login (pictever.md 2.2): every value a string, all of it from the operator's settings.
struct AppSettings: Sendable {
  private static let keys: [(key: StaticString, setting: String, standard: String)] = [
    ("ios_version_needed", "IOS_VERSION_NEEDED", "1.0"),
    ("android_version_needed", "ANDROID_VERSION_NEEDED", "1.0"),
    ("force_update", "FORCE_UPDATE", "false"),
    ("android_update_link", "ANDROID_UPDATE_LINK", ""),
    ("ios_update_link", "IOS_UPDATE_LINK", ""),
    ("aws_account_id", "AWS_ACCOUNT_ID", ""),
    ("amazon_app_id", "AMAZON_APP_ID", ""),
    ("cognito_pool_id", "COGNITO_POOL_ID", ""),
    ("cognito_role_unauth", "COGNITO_ROLE_UNAUTH", ""),
    ("cognito_role_auth", "COGNITO_ROLE_AUTH", ""),
    ("bucket_name", "BUCKET_NAME", ""),
    ("cloudfront", "CLOUDFRONT", ""),
  ]

  /// Where the apps go from then on; empty means the host the request came to.
  private let webAppURL: String
  private let values: [String]

  init(_ reader: inout EnvironmentReader) {
    webAppURL = reader.text(
      "CARILLON_PICTEVER_WEB_APP_URL",
      default: "",
      "absolute base URL the apps use after login; empty: the host they came to"
    )
    var values: [String] = []
    for entry in AppSettings.keys {
      values.append(
        reader.text(
          "CARILLON_PICTEVER_\(entry.setting)",
          default: entry.standard,
          "`\(entry.key)` in the apps' login answer"
        )
      )
    }
    self.values = values
    reportMissing(&reader)
  }

  /// The settings that the apps must find together: with an account at Amazon but without one of the others, Android's
  /// login breaks off.
  private func reportMissing(_ reader: inout EnvironmentReader) {
    let stored = Array(zip(AppSettings.keys, values)).drop { $0.0.setting != "AWS_ACCOUNT_ID" }
    guard stored.first?.1.isEmpty == false else { return }
    for (entry, value) in stored where value.isEmpty {
      reader.problem("CARILLON_PICTEVER_\(entry.setting)", "missing beside CARILLON_PICTEVER_AWS_ACCOUNT_ID")
    }
  }

  func answer(user: UserID, host: String?) -> RawJSON {
    .object { writer in
      writer.member("user_id", user.text)
      writer.member("web_app_url", withSlash(webAppURL.isEmpty ? "http://\(host ?? "localhost")" : webAppURL))
      for (entry, value) in zip(AppSettings.keys, values) { writer.member(entry.key, value) }
    }
  }

  /// The apps append a route to the URL, so it must end in a slash.
  private func withSlash(_ url: String) -> String { url.hasSuffix("/") ? url : url + "/" }
}
