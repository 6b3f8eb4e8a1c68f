use std::ffi::CString;

/// Room for the texts of one entry: names, paths, members of a group. A larger group is not found.
const ROOM: usize = 64 << 10;

/// A user's id by name, wherever the system keeps its users: `pwd.getpwnam`.
pub fn user_id(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    let mut room = vec![0; ROOM];
    // SAFETY: `passwd` is plain integers and pointers, for which all zeroes is a valid value.
    let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
    let mut found = std::ptr::null_mut();
    // SAFETY: all pointers are to live values of the right types, `name` ends in NUL, and the length
    // is that of `room`. What `entry` points to in `room` is not looked at.
    let error = unsafe {
        libc::getpwnam_r(
            name.as_ptr(),
            &raw mut entry,
            room.as_mut_ptr(),
            room.len(),
            &raw mut found,
        )
    };
    (error == 0 && !found.is_null()).then_some(entry.pw_uid)
}

/// A group's id by name: `grp.getgrnam`.
pub fn group_id(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    let mut room = vec![0; ROOM];
    // SAFETY: as in `user_id`, for `group`.
    let mut entry: libc::group = unsafe { std::mem::zeroed() };
    let mut found = std::ptr::null_mut();
    // SAFETY: as in `user_id`.
    let error = unsafe {
        libc::getgrnam_r(
            name.as_ptr(),
            &raw mut entry,
            room.as_mut_ptr(),
            room.len(),
            &raw mut found,
        )
    };
    (error == 0 && !found.is_null()).then_some(entry.gr_gid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_everywhere() {
        assert_eq!((user_id("root"), group_id("root")), (Some(0), Some(0)));
        assert_eq!((user_id("no-such-user-x"), group_id("a\0b")), (None, None));
    }
}
