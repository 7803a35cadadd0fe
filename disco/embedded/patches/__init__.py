"""What is changed inside Heat, Keystone and oslo, a module for each change."""
