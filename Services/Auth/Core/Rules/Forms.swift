import Almanac
import Wire

/// What chat's `/register` asks for (chat.md 2.1).
struct Registration: Equatable {
  let login: String
  let password: String
  let username: String

  init(_ fields: FieldReader) throws(Failure) {
    try fields.require("login", "password", "username")
    login = try fields.trimmed("login", 3...64)
    password = try fields.text("password", 8...128)
    username = try fields.trimmed("username", 1...64)
  }
}

/// What chat's `/login` asks for (chat.md 2.2). Lengths are no matter here: a text too long for a login matches none.
struct LoginForm: Equatable {
  let login: String
  let password: String

  init(_ fields: FieldReader) throws(Failure) {
    try fields.require("login", "password")
    login = try fields.trimmed("login")
    password = try fields.text("password")
  }
}

/// What pictever's `/signup` asks for (pictever.md A1). Its e-mails are not checked for form, as they never were.
struct SignupForm: Equatable {
  let email: String
  let password: String
  let country: String?

  init(_ fields: FieldReader) throws(Failure) {
    try fields.require("email", "password")
    email = try fields.email("email")
    password = try fields.text("password", 1...1024)
    country = try fields.country()
  }
}

/// What pictever's `/login` asks for (pictever.md A2).
struct SignInForm: Equatable {
  let email: String
  let password: String
  let device: DeviceReport
  let country: String?

  init(_ fields: FieldReader) throws(Failure) {
    let facebook = try fields.optional("facebook_id")
    // A Facebook id proves nothing by itself, so alone it is a wrong password rather than a malformed form.
    if facebook != nil, try fields.text("password").isEmpty { throw Failure(.unauthenticated, .wrongCredentials) }
    try fields.requirePresence("email", "password", "os", "reg_id")
    email = try fields.trimmed("email")
    password = try fields.text("password")
    device = try DeviceReport(fields)
    country = try fields.country()
  }
}

/// What an app tells about the device it runs on.
struct DeviceReport: Equatable {
  let os: Delivery.Device.OS?
  /// Nil when the app has no push token; older apps then send nothing or `(null)`.
  let token: String?
  let version: String?

  init(os: Delivery.Device.OS?, token: String?, version: String?) {
    self.os = os
    self.token = token
    self.version = version
  }

  init(_ fields: FieldReader) throws(Failure) {
    os = Delivery.Device.OS(rawValue: try fields.trimmed("os").lowercased())
    let token = try fields.optional("reg_id")
    self.token = token == "(null)" ? nil : token
    version = try fields.optional("app_version", atMost: 32)
  }
}

/// What pictever's `/define_first_phone_number` asks for (pictever.md A5); the number is as typed.
struct PhoneForm: Equatable {
  let number: String
  let device: DeviceReport

  init(_ fields: FieldReader) throws(Failure) {
    try fields.require("phone_number")
    try fields.requirePresence("reg_id", "os")
    number = try fields.text("phone_number", 1...64)
    device = try DeviceReport(fields)
  }
}

/// What pictever's `/define_new_password` asks for (pictever.md A4).
struct ResetForm: Equatable {
  let email: String
  let code: String
  let password: String

  init(_ fields: FieldReader) throws(Failure) {
    try fields.require("email", "verification_code", "new_password")
    email = try fields.trimmed("email")
    code = try fields.trimmed("verification_code")
    password = try fields.text("new_password", 1...1024)
  }
}

/// What the planner's `POST /user` may say beside its token (jarvis.md U1).
struct EnterForm: Equatable {
  let email: String?
  let handle: String?
  let pushToken: String?
  /// A one-time code of Google's that can be exchanged for access to the user's calendar.
  let serverCode: String?
  /// Where the user's wall clock is.
  let timezone: String?

  init(_ fields: FieldReader) throws(Failure) {
    email = try fields.optional("email", atMost: 254)
    handle = try fields.optional("username", atMost: 64)
    pushToken = try fields.optional("FCMToken")
    serverCode = try fields.optional("code")
    timezone = try fields.optional("timezone", atMost: 64)
    if let email, !isMailAddress(email) { throw .invalid("email") }
    if let timezone, Zone(named: timezone) == nil { throw .invalid("timezone") }
  }
}

extension FieldReader {
  /// At most 254 scalars, none of them a control character: the text may become a mail's receiver.
  func email(_ name: String) throws(Failure) -> String {
    let text = try trimmed(name, 1...254)
    guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else { throw .invalid(name) }
    return text
  }

  /// Two letters in lower case; anything else is as if it were not there, since apps send what the phone tells them.
  func country() throws(Failure) -> String? {
    let text = try trimmed("country_code").lowercased()
    return text.utf8.count == 2 && text.utf8.allSatisfy { (0x61...0x7A).contains($0) } ? text : nil
  }
}

/// What people are shown of somebody who gave no name: what stands before the `@`, since chats tell it to strangers.
func nameFromEmail(_ email: String) -> String {
  let local = email.prefix { $0 != "@" }
  return local.isEmpty ? "Someone" : String(local.unicodeScalars.prefix(64))
}
