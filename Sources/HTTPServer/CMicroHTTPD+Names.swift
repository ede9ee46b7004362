import CMicroHTTPD

// These C enums are declared closed, and the importer drops the names of their values.

extension MHD_Result {
    static var yes: MHD_Result { MHD_Result(rawValue: 1)! }
    static var no: MHD_Result { MHD_Result(rawValue: 0)! }
}

extension MHD_ValueKind {
    static var header: MHD_ValueKind { MHD_ValueKind(rawValue: 1)! }
}

extension MHD_ConnectionNotificationCode {
    static var started: MHD_ConnectionNotificationCode { MHD_ConnectionNotificationCode(rawValue: 0)! }
}
