# SPDX-License-Identifier: MIT
"""Ansible, after it has run a play on this machine."""
import os
import sys

import truth

os.environ["HOME"] = os.getcwd()
os.environ["ANSIBLE_LOCALHOST_WARNING"] = "False"
try:
    from ansible.cli.playbook import PlaybookCLI
except ImportError:
    print("skip no ansible", flush=True)
    sys.exit(77)

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    things: "{{ range(40) | list }}"
  tasks:
    - name: compute
      set_fact:
        names: "{{ things | map('string') | map('upper') | list }}"
    - name: say
      debug:
        msg: "{{ item }} of {{ names | length }}"
      loop: "{{ names }}"
    - name: command
      command: echo {{ names | join(',') }}
      register: said
"""

with open("play.yml", "w") as f:
    f.write(PLAY)
cli = PlaybookCLI(["ansible-playbook", "-i", "localhost,", "-e",
                   "ansible_python_interpreter=" + sys.executable,
                   "play.yml"])
cli.parse()
status = cli.run()
if status:
    sys.exit("the play failed: %r" % status)
truth.wait_for_threads(1)
truth.wait()
