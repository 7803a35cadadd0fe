"""What is changed inside Heat, Keystone and oslo, a module for each change.

A module's docstring says what is replaced and why. It declares the names in ``REPLACED`` and the
private names that it calls in ``USED``, both as ``module:name``, and in ``READ_FOR`` the versions
of the packages whose code was read. The tests fail when a name is gone or a package has a newer
major version than was read. ``apply`` makes the change; it is called once, before the service of
this process starts.
"""
