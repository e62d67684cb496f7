import Postgres
import Wire

/// An account as most statements read it.
struct AccountRecord: Sendable, Equatable {
  let id: UUIDValue
  /// In lower case, as new ones are stored: everybody is told one spelling, and apps compare it as it is.
  let email: String?
  let emailProven: Bool
  let name: String
  let handle: String?
  let phone: String?
  let country: String
  let timezone: String
  let passwordHash: String?

  /// What `init` reads, from `auth.account` as `a`.
  static let columns = """
    a.id, lower(a.email) AS email, a.email_proven, a.display_name, a.handle, a.country_code, a.timezone, a.password_hash,
    (SELECT d.phone FROM auth.device d WHERE d.account = a.id AND d.app = 'pictever') AS phone
    """

  init(_ row: Row) throws(PostgresError) {
    id = try row.get("id")
    email = try row.get("email")
    emailProven = try row.get("email_proven")
    name = try row.get("display_name")
    handle = try row.get("handle")
    phone = try row.get("phone")
    country = try row.get("country_code")
    timezone = try row.get("timezone")
    passwordHash = try row.get("password_hash")
  }

  var user: UserID { UserID(id.description) }

  var profile: Auth.Profile {
    Auth.Profile(
      id: user,
      email: email,
      name: name,
      handle: handle,
      phone: phone,
      country: country,
      timezone: timezone
    )
  }
}

/// An account to be made.
struct AccountDraft: Sendable {
  enum Origin: String, CaseIterable, Sendable { case chat, pictever, jarvis }

  var id = UUIDValue.random()
  var origin: Origin
  var login: String?
  var email: String?
  var emailProven = false
  var name: String
  var passwordHash: String?
  var country = "us"
}
